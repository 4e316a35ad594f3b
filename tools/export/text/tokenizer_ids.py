"""Tokenizers of the three kinds, and the ids that the Rust library gives for 3,000 texts in ten scripts.

    python tokenizer_ids.py

Writes `packages/text/fixtures/tokenizers`: a small tokenizer.json of each kind (byte-level BPE as GPT-2's and as CLIP's,
WordPiece as BERT's, cased and not, Unigram as T5's and XLM-R's with SentencePiece's own table of characters, and one with a
fall-back to bytes), trained on words that the script makes up; `texts.json`; and `ids.json`, a hash of each text's ids and of
what they decode to, and the ids of the first texts in full.
"""

import hashlib
import io
import json
from pathlib import Path

import sentencepiece
import tokenizers
import sys

sys.path.append(str(Path(__file__).parents[1] / "vision"))
from integer_stream import IntegerStream
from sentencepiece import sentencepiece_model_pb2 as model_pb2
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).parents[3] / "packages" / "text" / "fixtures" / "tokenizers"
TEXTS = 3000

# Letters of each script: ranges of code points, as Unicode's blocks have them.
SCRIPTS = {
    "latin": [(0x61, 0x7A), (0x61, 0x7A), (0x41, 0x5A), (0xC0, 0xFF), (0x100, 0x17F)],
    "greek": [(0x391, 0x3A1), (0x3A3, 0x3C9), (0x3AC, 0x3AF), (0x3C2, 0x3C3)],
    "cyrillic": [(0x410, 0x44F), (0x400, 0x45F)],
    "hebrew": [(0x5D0, 0x5EA), (0x5B0, 0x5BC)],
    "arabic": [(0x621, 0x63A), (0x641, 0x652), (0xFE70, 0xFE7E)],
    "devanagari": [(0x904, 0x939), (0x93E, 0x94D), (0x958, 0x95F)],
    "thai": [(0xE01, 0xE3A), (0xE40, 0xE4E)],
    "hangul": [(0xAC00, 0xD7A3), (0x1100, 0x1112), (0x1161, 0x1175), (0x11A8, 0x11C2)],
    "kana": [(0x3041, 0x3096), (0x30A1, 0x30FA), (0xFF66, 0xFF9D)],
    "cjk": [(0x4E00, 0x9FA5), (0x3400, 0x34FF), (0x20000, 0x200FF), (0xF900, 0xFA2D)],
}
EMOJI = [
    "😀", "👍🏽", "👩‍👩‍👧", "🇩🇪", "🏳️‍🌈", "❤️", "🍕", "🧑🏿‍🚀", "☺", "⌚️", "#️⃣", "🫠",
]
SIGNS = list(" \t\n\u00a0\u200b\u3000\ufeff\u0085\u2028.,;:!?'\"-–—…()[]{}<>/\\|@#$%^&*+=_~`«»¿¡、。「」・।०१९٣²½Ⅷ①ﬁ㌔™€µΩÅ～\u00ad\u200d\u0301\u0345\u0000\u0007\u007f\ufffd\ue000")
# Halves of surrogate pairs: JavaScript has them in strings, UTF-8 does not.
BROKEN = ["\ud83d", "\ude00", "\ud83dx", "x\ude00y"]
WORDS = [
    "the", "a photo of", "don't", "I'll", "we've", "it's", "2026", "3.14", "1,000", "café", "naïve", "Straße", "İstanbul", "ΟΔΟΣ", "ΣΟΦΟΣ", "σς",
    "<|endoftext|>", "[CLS]", "[MASK]", "</s>", "<pad>", "http://x.y/z?q=1", "e\u0301", "ǆ", "ﷺ", "ไม่", "नमस्ते", "안녕", "日本語", "mother-in-law",
]


def word(stream, script):
    ranges = SCRIPTS[script]
    return "".join(chr(stream.between(*ranges[stream.between(0, len(ranges) - 1)])) for _ in range(stream.between(1, 7)))


def vocabulary_of_words():
    """Words made up once: texts use them again and again, so that there is something to learn."""
    stream = IntegerStream(7)
    return {script: [word(stream, script) for _ in range(60)] for script in SCRIPTS}


def text(number, words):
    stream = IntegerStream(50_000 + number)
    names = list(SCRIPTS)
    parts = []
    for _ in range(stream.between(0, 14) if number % 50 else 60):
        kind = stream.between(0, 15)
        script = names[(number + (stream.between(0, 9) if kind == 0 else 0)) % 10]
        if kind <= 8:
            # Few words come often.
            parts.append(words[script][min(stream.between(0, 59), stream.between(0, 59), stream.between(0, 59))])
        elif kind == 9:
            parts.append(word(stream, script))
        elif kind == 10:
            parts.append(WORDS[stream.between(0, len(WORDS) - 1)])
        elif kind == 11:
            parts.append(EMOJI[stream.between(0, len(EMOJI) - 1)])
        elif kind == 12:
            parts.append(str(stream.between(0, 99_999)))
        elif kind == 13 and number % 7 == 0:
            parts.append(BROKEN[stream.between(0, 3)])
        else:
            parts.append(SIGNS[stream.between(0, len(SIGNS) - 1)])
        if stream.between(0, 2):
            parts.append("  " if stream.between(0, 9) == 0 else " ")
    return "".join(parts)


def well_formed(value):
    """What UTF-8 makes of half a pair: U+FFFD."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def trained(corpus):
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    gpt2 = Tokenizer(models.BPE())
    gpt2.pre_tokenizer, gpt2.decoder = byte_level, decoders.ByteLevel()
    gpt2.post_processor = processors.ByteLevel(trim_offsets=False)
    gpt2.train_from_iterator(
        corpus, trainers.BpeTrainer(vocab_size=1200, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    )
    yield "bpe-gpt2", gpt2

    clip = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    clip.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    clip.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "removed", invert=True), byte_level])
    clip.decoder = decoders.ByteLevel()
    clip.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=1200, special_tokens=["<|startoftext|>", "<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            end_of_word_suffix="</w>", show_progress=False,
        ),
    )
    clip.post_processor = processors.RobertaProcessing(("<|endoftext|>", 1), ("<|startoftext|>", 0), trim_offsets=False, add_prefix_space=False)
    yield "bpe-clip", clip

    for name, lower in [("wordpiece-uncased", True), ("wordpiece-cased", False)]:
        bert = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        bert.normalizer = normalizers.BertNormalizer(lowercase=lower, strip_accents=None, clean_text=True, handle_chinese_chars=True)
        bert.pre_tokenizer, bert.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        bert.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=1500, special_tokens=special, show_progress=False))
        bert.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
        yield name, bert

    for name, rule, bytes_too in [("unigram-t5", "nmt_nfkc", False), ("unigram-xlmr", "nmt_nfkc_cf", False), ("unigram-bytes", "identity", True)]:
        yield name, unigram(corpus, rule, bytes_too)


def unigram(corpus, rule, bytes_too):
    """SentencePiece's model as the converters of transformers write it into a tokenizer.json."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus), model_writer=written, vocab_size=1500, model_type="unigram", normalization_rule_name=rule,
        byte_fallback=bytes_too, character_coverage=0.98, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2, hard_vocab_limit=False, num_threads=1,
    )
    proto = model_pb2.ModelProto.FromString(written.getvalue())
    made = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in proto.pieces], 2, byte_fallback=bytes_too))
    charsmap = proto.normalizer_spec.precompiled_charsmap
    tidy = [normalizers.Replace(Regex(" {2,}"), " ")]
    made.normalizer = normalizers.Sequence(([normalizers.Precompiled(charsmap)] if charsmap else []) + [normalizers.Strip(left=False, right=True)] + tidy)
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]) if bytes_too else decoders.Metaspace()
    made.add_special_tokens(["<pad>", "</s>", "<unk>"])
    made.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return made


def decoded(name, tokenizer, ids):
    made = tokenizer.decode(ids, skip_special_tokens=True)
    # As transformers' CLIPTokenizer does with what the library leaves.
    return made.replace("</w>", " ").strip() if name == "bpe-clip" else made


def hash_of(value):
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:6]


if __name__ == "__main__":
    words = vocabulary_of_words()
    texts = [text(number, words) for number in range(TEXTS)]
    corpus = [well_formed(line) for line in texts if line.strip()]
    FIXTURES.mkdir(parents=True, exist_ok=True)
    (FIXTURES / "texts.json").write_text(json.dumps(texts, ensure_ascii=True, separators=(",\n", ":")) + "\n")
    results = {"made_with": {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__}, "kinds": {}}
    for name, tokenizer in trained(corpus):
        (FIXTURES / f"{name}.json").write_text(tokenizer.to_str() + "\n")
        encoded = [tokenizer.encode(well_formed(line)).ids for line in texts]
        results["kinds"][name] = {
            "ids": " ".join(hash_of(" ".join(map(str, ids))) for ids in encoded),
            "decoded": " ".join(hash_of(decoded(name, tokenizer, ids)) for ids in encoded),
            "first": [" ".join(map(str, ids)) for ids in encoded[:20]],
        }
        print(name, tokenizer.get_vocab_size(), sum(map(len, encoded)) / TEXTS)
    (FIXTURES / "ids.json").write_text(json.dumps(results, indent=0) + "\n")
