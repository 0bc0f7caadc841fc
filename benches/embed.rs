//! Embedding with the bundled model: `cargo bench --bench embed`; `likewise bench embed` measures any model.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use likewise::embed::{Compute, Model, ModelFiles, ModelName};

fn main() {
    divan::main();
}

fn model() -> Model {
    let files = ModelFiles::locate(&ModelName::Bundled, Path::new("")).expect("the bundled model");
    Model::load(&files, None, Compute::default()).expect("the bundled model")
}

#[divan::bench(args = [1, 8, 32])]
fn short_questions(bencher: Bencher, batch: usize) {
    let model = model();
    let tokens = model.tokenize("被追尾了对方全责，误工费和车辆贬值费能不能要求赔偿").expect("tokens");
    let texts = vec![&tokens; batch];
    bencher.counter(ItemsCount::new(batch)).bench_local(|| model.encode(&texts));
}

#[divan::bench]
fn tokenize(bencher: Bencher) {
    let model = model();
    bencher.bench_local(|| model.tokenize("被追尾了对方全责，误工费和车辆贬值费能不能要求赔偿"));
}
