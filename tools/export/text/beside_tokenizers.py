"""What transformers makes of a `tokenizer.json` and the files beside it, against the `tokenizers` library on the `tokenizer.json` alone.

    python beside_tokenizers.py

Takes the tokenizers of `packages/text/fixtures/tokenizers` (run `tokenizer_ids.py` first), puts the files below beside each, and writes
to `packages/text/fixtures/beside-tokenizers.json` which of these differ: ids (i), texts of the library's ids without special tokens (s), with them
(w); "-" where transformers refuses, "" where all are the same.
"""

import json
import tempfile
from pathlib import Path

import tokenizers
import transformers
from special_tokens import BETWEEN, FIXTURES, TEXTS, token, typed

GENERAL = "PreTrainedTokenizerFast"
# Those whose class builds anew what the fixture has: of the others every folder differs.
CLASSES = {
    "bpe-clip": ["CLIPTokenizer", GENERAL], "bpe-gpt2": ["GPT2Tokenizer", GENERAL, "RobertaTokenizer"], "wordpiece-uncased": ["BertTokenizer", GENERAL, "RobertaTokenizer"],
    "wordpiece-cased": ["BertTokenizer", GENERAL], "unigram-t5": [GENERAL], "unigram-xlmr": [GENERAL],
}
SPECIAL = ["unk_token", "bos_token", "eos_token", "pad_token", "cls_token", "sep_token", "mask_token", "image_token"]
VALUES = {
    **{key: [True, False] for key in ("do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space", "add_bos_token", "add_eos_token", "split_special_tokens", "legacy", "trim_offsets")},
    "model_max_length": [4, 512], "errors": ["ignore"], "dropout": [0.5], "unk_id": [1], "fix_mistral_regex": [True],
    "extra_special_tokens": [["<a>"], {"image_token": "<image>"}, []], "additional_special_tokens": [["<a>"]],
    **{key: ["hell", typed("hell", lstrip=True)] for key in SPECIAL},
}


def cases(content: dict) -> dict:
    """Files beside a tokenizer.json, by what they are."""
    own = content["added_tokens"]
    size = len(content["model"]["vocab"])
    listed = {str(each["id"]): {key: value for key, value in each.items() if key != "id"} for each in own}
    last = str(own[-1]["id"])
    config = {
        "nothing": {},
        **{f"{key} {json.dumps(value)}": {key: value} for key, values in VALUES.items() for value in values},
        "added_tokens_decoder, the same": {"added_tokens_decoder": listed},
        "added_tokens_decoder, one more": {"added_tokens_decoder": {**listed, str(size + 5): token("<a>")}},
        "added_tokens_decoder, another's word": {"added_tokens_decoder": {**listed, "9": token("hell", special=True)}},
        "added_tokens_decoder, none special": {"added_tokens_decoder": {**listed, last: {**listed[last], "special": False}}},
        "added_tokens_decoder, one that takes spaces": {"added_tokens_decoder": {**listed, last: {**listed[last], "lstrip": True, "rstrip": True}}},
        "pad_token, one of its own": {"pad_token": own[0]["content"]},
    }
    return {
        **{name: {"tokenizer_config.json": each} for name, each in config.items()},
        "special_tokens_map.json, a new one": {"special_tokens_map.json": {"pad_token": "hell"}},
        "special_tokens_map.json, one of its own": {"special_tokens_map.json": {"pad_token": own[0]["content"]}},
        "added_tokens.json, a new one": {"added_tokens.json": {"hell": size}},
        "added_tokens.json, one of its own": {"added_tokens.json": {own[0]["content"]: own[0]["id"]}},
    }


def folder_answers(content: dict, files: dict, texts: list, ids: list):
    with tempfile.TemporaryDirectory() as folder:
        for file, part in {"tokenizer.json": content, **files}.items():
            (Path(folder) / file).write_text(json.dumps(part))
        try:
            made = transformers.AutoTokenizer.from_pretrained(folder)
            return [made(text)["input_ids"] for text in texts], *([made.decode(each, skip_special_tokens=skip) for each in ids] for skip in (True, False))
        except Exception:
            return None


def alone_answers(content: dict, texts: list):
    made = tokenizers.Tokenizer.from_str(json.dumps(content))
    ids = [made.encode(text).ids for text in texts]

    def decode(each: list, skip: bool) -> str:
        text = made.decode(each, skip_special_tokens=skip)
        return text.replace("</w>", " ").strip() if content["model"].get("end_of_word_suffix") else text

    return ids, *([decode(each, skip) for each in ids] for skip in (True, False))


def main() -> None:
    plain = [text for text in json.loads((FIXTURES / "tokenizers" / "texts.json").read_text()) if text.encode("utf-8", "replace").decode() == text]
    # The words that the cases name stand alone and beside white space in these.
    texts = [f"{plain[i]} hell {BETWEEN[i % len(BETWEEN)]}{plain[i + 1]} <s> [PAD] <unk> <|endoftext|> x" for i in range(TEXTS)]
    rows = []
    for source, classes in CLASSES.items():
        content = json.loads((FIXTURES / "tokenizers" / f"{source}.json").read_text())
        alone = alone_answers(content, texts)
        for kind in classes:
            for case, files in cases(content).items():
                files = {**files, "tokenizer_config.json": {"tokenizer_class": kind, **files.get("tokenizer_config.json", {})}}
                beside = folder_answers(content, files, texts, alone[0])
                differing = "-" if beside is None else "".join(letter for letter, one, other in zip("isw", alone, beside) if one != other)
                rows.append({"source": source, "case": f"{kind}, {case}", "files": files, "differing": differing})
    head = json.dumps({"made_with": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__}})[:-1]
    body = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (FIXTURES / "beside-tokenizers.json").write_text(f'{head}, "folders": [\n  {body}\n]}}\n')


if __name__ == "__main__":
    main()
