"""OpenAI's own vocabulary of CLIP, as open_clip brings it, in the two files of older tokenizers."""

import gzip
import json
from pathlib import Path


def write_vocabulary(folder: Path, merges_file: Path) -> None:
    """`vocab.json` and `merges.txt`, from open_clip's `bpe_simple_vocab_16e6.txt.gz`."""
    lines = gzip.open(merges_file).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    visible = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    letters = [chr(byte) for byte in visible] + [chr(256 + i) for i in range(256 - len(visible))]
    words = letters + [letter + "</w>" for letter in letters] + ["".join(line.split()) for line in lines] + ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n")
