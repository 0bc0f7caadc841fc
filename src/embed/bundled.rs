//! The multilingual model that is part of the program, so that one file is all there is to install.

macro_rules! bundled_files {
    ($($name:literal),+ $(,)?) => {
        /// The bundled model's file of that name.
        pub fn file(name: &str) -> Option<&'static [u8]> {
            match name {
                $($name => Some(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/likewise-v2/", $name))),)+
                _ => None,
            }
        }
    };
}

bundled_files!(
    "modules.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
    "model.safetensors",
    "README.md",
);
