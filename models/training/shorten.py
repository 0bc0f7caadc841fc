"""Step 1 of the shortened model: cuts multilingual-e5-small to the pieces and layers wanted.

    python shorten.py --raw RAW --held-out EVAL --work WORK

Writes WORK/parallel.tsv, WORK/tokenizer.json, WORK/config.json and WORK/start.safetensors, which `export.py --start` makes a model of as it
is. What is there already is kept, so a stopped run goes on.
"""

from pathlib import Path

import torch

import base
import corpus
import encoder
import pieces
from prepare import arguments, parallel_text

# Without any training, these find about as many paraphrases as all twelve do; the eights that were tried lose a seventh to a third.
LAYERS = [0, 1, 2, 4, 5, 6, 8, 9, 10, 11]


def main():
    options = arguments(__doc__)
    torch.set_num_threads(options.threads)
    work = Path(options.work)
    work.mkdir(parents=True, exist_ok=True)
    pairs = parallel_text(work / "parallel.tsv", options)
    if not (work / "start.safetensors").exists():
        whole = base.Base()
        questions = corpus.groups(options.own) + corpus.lines(options.own)
        tokenizer, table = pieces.shortened(whole, pairs, questions)
        tokenizer.save(str(work / "tokenizer.json"), pretty=False)
        state = base.shortened(whole.state, LAYERS) | {encoder.TABLE: table}
        whole.config.update({"vocab_size": len(table), "num_hidden_layers": len(LAYERS)})
        model = encoder.build(whole.config, state)
        encoder.centre(model, tokenizer, corpus.titles(questions), share=1.0)
        encoder.save(model, work, "start")
        print(f"tokenizer: {len(table)} pieces; {len(LAYERS)} layers", flush=True)


if __name__ == "__main__":
    main()
