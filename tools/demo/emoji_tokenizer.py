"""CLIP's kind of tokenizer, trained on the emoji names.

Pipeline and layout of the vocabulary are those of openai/CLIP: NFC, white space collapsed, lower case; words, single
digits and runs of other signs; byte-level BPE with `</w>` at the end of a word. Ids: 256 byte signs, the same 256 with
`</w>`, one for each merge, then start and end of text, so that the end has the largest id.
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

VOCAB_SIZE = 1280
CONTEXT_LENGTH = 24
START, END = "<|startoftext|>", "<|endoftext|>"
START_ID, END_ID = VOCAB_SIZE - 2, VOCAB_SIZE - 1
SUFFIX = "</w>"
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """A tokenizer of VOCAB_SIZE ids; any text encodes, since every byte has an id of its own."""
    learner = _pipeline(models.BPE(end_of_word_suffix=SUFFIX))
    alphabet = _byte_signs()
    learner.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=2 * VOCAB_SIZE, end_of_word_suffix=SUFFIX, initial_alphabet=alphabet, show_progress=False
        ),
    )
    merges = [tuple(pair) for pair in json.loads(learner.to_str())["model"]["merges"]][: VOCAB_SIZE - 514]
    tokens = [*alphabet, *(sign + SUFFIX for sign in alphabet), *("".join(pair) for pair in merges), START, END]
    assert len(set(tokens)) == VOCAB_SIZE, "two merges make the same token, or there are too few merges"
    vocab = {token: index for index, token in enumerate(tokens)}
    tokenizer = _pipeline(
        models.BPE(vocab, merges, unk_token=END, continuing_subword_prefix="", end_of_word_suffix=SUFFIX)
    )
    tokenizer.add_special_tokens([START, END])
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, END_ID), (START, START_ID), trim_offsets=False, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encode(tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Ids with start and end, cut to CONTEXT_LENGTH; the end stays."""
    tokenizer.enable_truncation(CONTEXT_LENGTH)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def save_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """tokenizer.json, tokenizer_config.json and special_tokens_map.json as the public conversions have them."""
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    config = {
        "add_prefix_space": False,
        **special,
        "clean_up_tokenization_spaces": True,
        "do_lower_case": True,
        "errors": "replace",
        "model_max_length": CONTEXT_LENGTH,
        "tokenizer_class": "CLIPTokenizer",
    }
    for name, content in (("tokenizer_config.json", config), ("special_tokens_map.json", special)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")


def _pipeline(model: models.BPE) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    return tokenizer


def _byte_signs() -> list[str]:
    """GPT-2's printable sign for each byte: the printable bytes first, then the others, as openai/CLIP orders them."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]
