"""What transformers makes of tokenizers from before there was a `tokenizer.json`: `vocab.json`, `merges.txt` and what lies beside.

    python older_tokenizers.py

Takes the vocabularies of `bpe-clip.json` and `bpe-gpt2.json` apart (run `tokenizer_ids.py` first), lets transformers read the
older files in several variants, and writes the hash of its ids for 800 texts of `texts.json` to
`packages/text/fixtures/older-tokenizers.json`. Texts with half of a surrogate pair, which Python cannot hold, are left out.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import transformers

FIXTURES = Path(__file__).parents[3] / "packages" / "text" / "fixtures"


def token(content: str, **flags) -> dict:
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, **flags}


CLIP, GPT2 = ["<|startoftext|>", "<|endoftext|>"], ["<|endoftext|>"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
# Tokens that the vocabulary gets at its end; the model's type, where no file names the tokenizer's class; the files.
CASES = {
    "a CLIP's two files": ("bpe-clip.json", CLIP, "clip", {}),
    "a CLIP's with the configuration of 2021": ("bpe-clip.json", CLIP, "clip", {
        "tokenizer_config.json": {
            **{role: {**token(name), "__type": "AddedToken"} for role, name in (("unk_token", CLIP[1]), ("bos_token", CLIP[0]), ("eos_token", CLIP[1]))},
            "pad_token": CLIP[1], "add_prefix_space": False, "do_lower_case": True, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer",
        },
        "special_tokens_map.json": {"bos_token": token(CLIP[0]), "eos_token": token(CLIP[1]), "unk_token": token(CLIP[1]), "pad_token": CLIP[1]},
    }),
    "a CLIP's that lists its added tokens": ("bpe-clip.json", CLIP, "clip", {
        "tokenizer_config.json": {"pad_token": "!", "tokenizer_class": "CLIPTokenizer", "added_tokens_decoder": ["!", *CLIP]},
    }),
    "a CLIP's with a token more": ("bpe-clip.json", CLIP, "clip", {"added_tokens.json": ["ab"]}),
    "a BART's two files": ("bpe-gpt2.json", ROBERTA, "bart", {}),
    "a RoBERTa's with a space before": ("bpe-gpt2.json", ROBERTA, "roberta", {"tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True}}),
    "a BART's with tokens more": ("bpe-gpt2.json", ROBERTA, "bart", {
        "tokenizer_config.json": {"tokenizer_class": "BartTokenizer"},
        "special_tokens_map.json": {"mask_token": token("<mask>", lstrip=True, normalized=False)},
        "added_tokens.json": ["<od>", "12"],
    }),
    "a GPT-2's two files": ("bpe-gpt2.json", GPT2, "gpt2", {}),
    "a GPT-2's that begins texts": ("bpe-gpt2.json", GPT2, "gpt2", {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True}}),
}


def written(source: str, special: list[str], model: str, files: dict) -> dict:
    """The files as text, by name."""
    part = json.loads((FIXTURES / "tokenizers" / source).read_text())["model"]
    vocab = dict(part["vocab"])
    for name in special:
        vocab.setdefault(name, len(vocab))
    made = {}
    for name, content in files.items():
        content = json.loads(json.dumps(content))
        if isinstance(content, list):
            content = {each: len(vocab) + i for i, each in enumerate(content)}
        if isinstance(listed := content.get("added_tokens_decoder"), list):
            content["added_tokens_decoder"] = {str(vocab[each]): token(each, special=True, normalized=each == CLIP[0]) for each in listed}
        made[name] = json.dumps(content)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in part["merges"]]
    return {"vocab.json": json.dumps(vocab), "merges.txt": "#version: 0.2\n" + "\n".join(merges) + "\n", **made, "config.json": json.dumps({"model_type": model})}


def main() -> None:
    texts = [text for text in json.loads((FIXTURES / "tokenizers" / "texts.json").read_text()) if text.encode("utf-8", "replace").decode() == text][:800]
    cases = {}
    for name, (source, special, model, files) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            made = written(source, special, model, files)
            for file, content in made.items():
                (Path(folder) / file).write_text(content)
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            ids = [tokenizer(text)["input_ids"] for text in texts]
        beside = {file: json.loads(content) for file, content in made.items() if file not in ("vocab.json", "merges.txt", "config.json")}
        digest = hashlib.sha256("\n".join(",".join(map(str, each)) for each in ids).encode()).hexdigest()
        cases[name] = {"source": source, "special": special, "files": beside, "first": ids[0], "sha256": digest}
    result = {"made_with": {"transformers": transformers.__version__}, "texts": len(texts), "cases": cases}
    (FIXTURES / "older-tokenizers.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
