"""What transformers makes of special and added tokens, and of the keys of tokenizer_config.json, in older and newer folders.

    python special_tokens.py

Takes the tokenizers of `packages/text/fixtures/tokenizers` (run `tokenizer_ids.py` first) with the files below beside them, and
writes hashes of ids and of decoded texts, or that transformers refuses, to `packages/text/fixtures/special-tokens.json`. A text is
one of `texts.json`, one of `between`, and the next. Of a `tokenizer.json` the ids are the `tokenizers` library's.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import tokenizers
import transformers
from older_tokenizers import CLIP, FIXTURES, GPT2, ROBERTA, written

TEXTS = 36
BETWEEN = ["<a>", " <a> ", "\u3000<image>\t", "x<image>", "hell", "Hello_", "<A>", "cat", "</s>", "<|endoftext|>", "é", "Ġ", "<ab>", " ", "<mask>", "日本", "▁x", "##y"]
BASES = {"CLIPTokenizer": ("bpe-clip.json", CLIP, "clip"), "RobertaTokenizer": ("bpe-gpt2.json", ROBERTA, "roberta"), "GPT2Tokenizer": ("bpe-gpt2.json", GPT2, "gpt2")}


def token(content: str, **flags) -> dict:
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, **flags}


def typed(content: str, **flags) -> dict:
    return {"__type": "AddedToken", **token(content, **flags)}


def files(config: dict | None = None, tokens: dict | None = None, added: dict | None = None) -> dict:
    parts = {"tokenizer_config.json": config, "special_tokens_map.json": tokens, "added_tokens.json": added}
    return {name: part for name, part in parts.items() if part is not None}


def older(size: int) -> dict:
    """Files by what they say, for a vocabulary of so many tokens."""
    listed = {str(size): token("<a>", special=False), str(size + 1): token("<image>", special=True)}
    added = {"<a>": size, "<image>": size + 1}
    flags = ("single_word", "lstrip", "rstrip", "normalized")
    return {
        "names in an object": files({"extra_special_tokens": {"image_token": "<image>", "boi_token": "hell"}}),
        "names in an object, with properties": files({"extra_special_tokens": {"image_token": typed("<image>", lstrip=True)}}),
        "a name of its own": files({"image_token": "<image>"}),
        "a name in the map": files(tokens={"image_token": token("<image>", rstrip=True)}),
        "an object in the map": files(tokens={"extra_special_tokens": {"image_token": "<image>"}}),
        "the list's older name": files({"additional_special_tokens": ["<a>", "hell"]}),
        "the list's older name beside a name": files({"additional_special_tokens": ["<a>"], "extra_special_tokens": {"image_token": "<image>"}}),
        "a list, of added tokens": files({"additional_special_tokens": ["<a>"]}, added=added),
        "a list in the map, of added tokens": files(tokens={"additional_special_tokens": ["<a>"]}, added=added),
        "the list in both": files({"extra_special_tokens": ["<a>"]}, {"extra_special_tokens": ["<image>", token("<ab>")]}),
        "added tokens beside those of the configuration": files({"added_tokens_decoder": listed, "additional_special_tokens": ["<a>"]}, added={"<ab>": size}),
        "the map beside added tokens of the configuration": files({"added_tokens_decoder": listed}, {"pad_token": "<a>"}),
        "a pad of the configuration's added tokens": files({"added_tokens_decoder": listed, "pad_token": "<a>"}),
        "ids with a gap": files(added={"<a>": size + 50, "<image>": size + 7}),
        "an id of another token": files(added={"<a>": 3, "<image>": size}),
        "an id beside the vocabulary's": files(added={"hell": size + 3, "<image>": size}),
        "ids with a gap in the configuration": files({"added_tokens_decoder": {str(size + 9): token("<a>"), "3": token("<image>", special=True)}}),
        "a pad told twice": files({"pad_token": typed("<a>", lstrip=True), "extra_special_tokens": ["<a>"]}),
        **{f"tokens with {flag}": files({"added_tokens_decoder": {**listed, str(size): token("<a>", **{flag: True}), str(size + 2): token("Hello", **{flag: True}), str(size + 3): token("日本", special=True, **{flag: True})}}) for flag in flags},
        "tokens of bytes' letters and of spaces": files(added={word: size + i for i, word in enumerate(["Ġ", "é", "日本", " a", "a ", "</w>", "<ab", "b>"])}),
    }


SPECIAL = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token", "image_token"]
VALUES = [None, False, 5, "", {}, {"lstrip": True}, token("<ab>"), ["<ab>"], typed("<ab>", lstrip="yes"), {"__type": "AddedToken"}]
KEYS = {
    **{key: VALUES for key in [*SPECIAL, "extra_special_tokens", "additional_special_tokens", "model_specific_special_tokens"]},
    "added_tokens_decoder": [None, [], {}, {"x": token("<a>")}, {"-1": token("<a>")}, {"1.5": token("<a>")}, {"400000000": token("<a>")}, {"400": "<a>"}, {"400": {}}, {"400": token("<a>", lstrip=1)}],
    "add_prefix_space": [True, False, None, 1],
    "add_bos_token": [True, False, None, 1, "<a>"],
    "add_eos_token": [True, False, None],
    "do_lower_case": [True, False],
    "strip_accents": [True],
    "tokenize_chinese_chars": [False],
    "clean_up_tokenization_spaces": [True, False],
    "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output": [True, False],
    "legacy": [True, False],
    "split_special_tokens": [True, False, None],
    "padding_side": ["left", "right", None],
    "truncation_side": ["left", "right"],
    "model_max_length": [4, 1e30, None],
    "trim_offsets": [False],
    "errors": ["strict"],
    "dropout": [0.5],
    "unk_id": [3],
    "use_fast": [False],
    "fix_mistral_regex": [True],
    "init_inputs": [[], ["x"]],
    "vocab": [None, {"a": 0}],
    "merges": [None, []],
    "tokenizer_object": [None, "x"],
    "post_processor": [{"type": "x"}],
    "tokenizer_padding": [{"length": 9}],
    "tokenizer_truncation": [{"max_length": 4}],
    "tokenizer_class": [None, 5],
}


def newer(size: int, known: list[str]) -> dict:
    """Further `added_tokens` of a `tokenizer.json`."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}

    def several(**flags) -> list[dict]:
        words = ["<a>", "<image>", "Hello", "cat", "日本"]
        return [{"id": size + i, "content": word, **plain, "special": i % 2 == 1, **flags} for i, word in enumerate(words)]

    return {
        **{flag: several(**{flag: True}) for flag in ("single_word", "lstrip", "rstrip", "normalized")},
        "ids with gaps and of others": [{"id": id, "content": word, **plain, "special": word == "<image>"} for id, word in ((size + 50, "<a>"), (3, "<image>"), (size + 9, known[40]))],
        "letters and spaces": [{"id": size + i, "content": word, **plain} for i, word in enumerate(["Ġ", "é", " a", "a ", "▁x", "##y", "</w>", "<ab", "b>"])],
        "told twice": [{"id": size, "content": "<a>", **plain, **flags} for flags in ({}, {"special": True, "lstrip": True})],
    }


def sha(rows: list) -> str:
    return hashlib.sha256("\n".join(row if isinstance(row, str) else ",".join(map(str, row)) for row in rows).encode()).hexdigest()[:16]


def answers(encode, decode, texts: list[str]) -> dict:
    ids = [encode(text) for text in texts]
    return {"ids": sha(ids), "skipped": sha([decode(each, True) for each in ids]), "whole": sha([decode(each, False) for each in ids])}


def of_folder(source: str, special: list[str], model: str, content: dict, texts: list[str]) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        for file, text in written(source, special, model, {}).items():
            (Path(folder) / file).write_text(text)
        for file, part in content.items():
            (Path(folder) / file).write_text(json.dumps(part))
        try:
            made = transformers.AutoTokenizer.from_pretrained(folder)
            return answers(lambda text: made(text)["input_ids"], lambda ids, skip: made.decode(ids, skip_special_tokens=skip), texts)
        except Exception:
            return {}


def of_json(content: dict, texts: list[str]) -> dict:
    made = tokenizers.Tokenizer.from_str(json.dumps(content))

    def decode(ids: list[int], skip: bool) -> str:
        text = made.decode(ids, skip_special_tokens=skip)
        # As transformers' CLIPTokenizer does with what the library leaves.
        return text.replace("</w>", " ").strip() if content["model"].get("end_of_word_suffix") else text

    return answers(lambda text: made.encode(text).ids, decode, texts)


def main() -> None:
    plain = [text for text in json.loads((FIXTURES / "tokenizers" / "texts.json").read_text()) if text.encode("utf-8", "replace").decode() == text]
    texts = [plain[i] + BETWEEN[i % len(BETWEEN)] + plain[i + 1] for i in range(TEXTS)]
    folders, configured, whole = [], [], []
    for name, (source, special, model) in BASES.items():
        size = len(json.loads(written(source, special, model, {})["vocab.json"]))
        for case, content in older(size).items():
            content["tokenizer_config.json"] = {"tokenizer_class": name, **content.get("tokenizer_config.json", {})}
            folders.append({"case": f"{name}: {case}", "source": source, "special": special, "files": content, **of_folder(source, special, model, content, texts)})
        for key, values in KEYS.items():
            for value in values:
                content = {"tokenizer_config.json": {"tokenizer_class": name, "clean_up_tokenization_spaces": True, key: value}}
                configured.append({"kind": name, "key": key, "value": value, **of_folder(source, special, model, content, texts)})
    for path in sorted((FIXTURES / "tokenizers").glob("*.json")):
        content = json.loads(path.read_text())
        if "model" not in content:
            continue
        vocab = content["model"]["vocab"]
        for case, added in newer(len(vocab), list(vocab) if isinstance(vocab, dict) else [piece for piece, _ in vocab]).items():
            whole.append({"case": f"{path.stem}: {case}", "source": path.name, "added": added, **of_json({**content, "added_tokens": content["added_tokens"] + added}, texts)})
    versions = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}
    bases = {name: {"source": source, "special": special} for name, (source, special, _) in BASES.items()}
    lists = {"folders": folders, "configured": configured, "whole": whole}
    body = ",\n".join(f' {json.dumps(name)}: [\n  ' + ",\n  ".join(json.dumps(each, ensure_ascii=False) for each in cases) + "\n ]" for name, cases in lists.items())
    head = json.dumps({"made_with": versions, "texts": TEXTS, "between": BETWEEN, "bases": bases}, ensure_ascii=False)[:-1]
    (FIXTURES / "special-tokens.json").write_text(f"{head},\n{body}\n}}\n")


if __name__ == "__main__":
    main()
