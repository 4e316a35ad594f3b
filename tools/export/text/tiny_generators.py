"""Tiny generators of the true architectures, and what transformers' `generate` answers with them.

    python tiny_generators.py checkpoints /tmp/generators   # under requirements.txt: random weights
    python tiny_generators.py graphs /tmp/generators        # under requirements-export.txt: what `optimum-cli export onnx` makes
    python tiny_generators.py answers /tmp/generators       # under requirements.txt: generate(), prompt by prompt, in minutes

Writes `packages/text/fixtures/generators`: for each of BART, T5, GPT-2 and Whisper the graphs in both public layouts (merged,
and split in one graph without and one with a cache) and `{name}.json`: 200 prompts, and for every configuration the ids that
follow each prompt.
"""

import json
import shutil
import sys
from pathlib import Path

FIXTURES = Path(__file__).parents[3] / "packages" / "text" / "fixtures" / "generators"
PROMPTS = 200
VOCABULARY = 120
EOS = 2
NEW_TOKENS = 14
# Whisper's own ids, at the end of the vocabulary as in the published ones.
SOT, EN, TRANSLATE, TRANSCRIBE, NO_TIMESTAMPS = 100, 101, 103, 104, 105

CONFIGURATIONS = {
    "greedy": dict(),
    "greedy, no bigram twice, repetition penalised": dict(no_repeat_ngram_size=2, repetition_penalty=1.4, min_new_tokens=4),
    "2 beams": dict(num_beams=2, no_repeat_ngram_size=3, length_penalty=2.0),
    "3 beams, early stopping": dict(num_beams=3, no_repeat_ngram_size=3, early_stopping=True),
    "4 beams, short ones preferred": dict(num_beams=4, no_repeat_ngram_size=2, length_penalty=-0.5, early_stopping="never"),
    "5 beams": dict(num_beams=5, no_repeat_ngram_size=2, length_penalty=0.8, repetition_penalty=1.2),
    "3 beams, all returned, never early": dict(
        num_beams=3, num_return_sequences=3, length_penalty=1.5, early_stopping="never", suppress_tokens=[7, 11], begin_suppress_tokens=[EOS, 9]
    ),
}
FORCED = {"3 beams, forced ends": dict(num_beams=3, no_repeat_ngram_size=3, early_stopping=True, forced_bos_token_id=0, forced_eos_token_id=EOS)}


def tiny_models():
    import torch
    from transformers import (
        BartConfig,
        BartForConditionalGeneration,
        GPT2Config,
        GPT2LMHeadModel,
        T5Config,
        T5ForConditionalGeneration,
        WhisperConfig,
        WhisperForConditionalGeneration,
    )

    ends = dict(pad_token_id=1, bos_token_id=0, eos_token_id=EOS)
    torch.manual_seed(2)
    yield "bart", BartForConditionalGeneration(
        BartConfig(
            vocab_size=VOCABULARY, d_model=24, encoder_layers=2, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=3,
            encoder_ffn_dim=40, decoder_ffn_dim=40, max_position_embeddings=64, init_std=0.8, decoder_start_token_id=EOS, forced_eos_token_id=None, **ends,
        )
    )
    torch.manual_seed(2)
    yield "t5", T5ForConditionalGeneration(
        T5Config(
            vocab_size=VOCABULARY, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_heads=3, initializer_factor=4.0, decoder_start_token_id=1, pad_token_id=1, eos_token_id=EOS,
        )
    )
    torch.manual_seed(3)
    yield "gpt2", GPT2LMHeadModel(
        GPT2Config(vocab_size=VOCABULARY, n_positions=64, n_embd=24, n_layer=2, n_head=3, initializer_range=0.4, **ends)
    )
    torch.manual_seed(4)
    yield "whisper", WhisperForConditionalGeneration(
        WhisperConfig(
            vocab_size=VOCABULARY, num_mel_bins=8, d_model=24, encoder_layers=2, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=3,
            encoder_ffn_dim=40, decoder_ffn_dim=40, max_source_positions=20, max_target_positions=40, init_std=0.45, decoder_start_token_id=SOT, **ends,
        )
    )


def write_checkpoints(folder: Path):
    import torch

    for name, model in tiny_models():
        model.eval()
        with torch.no_grad():
            # Random weights hardly ever end a text: a longer vector for that token makes it likelier, or unlikelier, by the context.
            model.get_output_embeddings().weight[EOS] *= {"bart": 2.5, "t5": 1.35, "gpt2": 1.5, "whisper": 2.5}[name]
        model.generation_config._from_model_config = False
        model.generation_config.max_length = 40
        if name == "whisper":
            config = model.generation_config
            config.is_multilingual = True
            config.lang_to_id = {"<|en|>": EN}
            config.task_to_id = {"translate": TRANSLATE, "transcribe": TRANSCRIBE}
            config.no_timestamps_token_id = NO_TIMESTAMPS
            config.forced_decoder_ids = None
        model.save_pretrained(folder / name)


def write_graphs(folder: Path):
    from optimum.exporters.onnx import main_export

    tasks = {"bart": "text2text-generation", "t5": "text2text-generation", "gpt2": "text-generation", "whisper": "automatic-speech-recognition"}
    for name, task in tasks.items():
        made = folder / f"{name}-onnx"
        shutil.rmtree(made, ignore_errors=True)
        shapes = dict(nb_max_frames=40, feature_size=8) if name == "whisper" else {}
        main_export(str(folder / name), made, task=f"{task}-with-past", do_validation=False, **shapes)
        target = FIXTURES / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for file in sorted(made.glob("*.onnx")):
            shutil.copy(file, target / file.name)
    # One of a causal model without a cache, as `--task text-generation` exports it.
    made = folder / "gpt2-uncached-onnx"
    main_export(str(folder / "gpt2"), made, task="text-generation", do_validation=False)
    shutil.copy(made / "model.onnx", FIXTURES / "gpt2" / "model_uncached.onnx")


def write_answers(folder: Path):
    import torch
    import transformers
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoModelForSpeechSeq2Seq

    sys.path.append(str(Path(__file__).parents[1] / "vision"))
    from integer_stream import IntegerStream, mix

    torch.set_num_threads(1)
    made_with = {"torch": torch.__version__, "transformers": transformers.__version__}

    def features(number):
        # float32 [1, mels, frames] in -2..2, from the same integers that the test makes.
        values = mix([(number * 100_003 + i) for i in range(8 * 40)]) % 2001
        return torch.tensor((values.astype("float64") - 1000) / 500, dtype=torch.float32).reshape(1, 8, 40)

    def answer(name, model, prompt, options):
        common = dict(do_sample=False, max_new_tokens=NEW_TOKENS, **options)
        if name == "whisper":
            made = model.generate(features(prompt[0]).to(model.dtype), language="en", task="transcribe", return_dict_in_generate=False, **common)
        else:
            ids = torch.tensor([prompt])
            made = model.generate(ids, attention_mask=torch.ones_like(ids), **common)
        start = {"whisper": 0, "gpt2": len(prompt)}.get(name, 1)
        return [" ".join(map(str, until_end(row.tolist()[start:]))) for row in made]

    kinds = {"bart": AutoModelForSeq2SeqLM, "t5": AutoModelForSeq2SeqLM, "gpt2": AutoModelForCausalLM, "whisper": AutoModelForSpeechSeq2Seq}
    for number, (name, kind) in enumerate(kinds.items()):
        if sys.argv[3:] and name not in sys.argv[3:]:
            continue
        model = kind.from_pretrained(folder / name).eval()
        precise = kind.from_pretrained(folder / name).eval().double()
        configurations = CONFIGURATIONS if name == "gpt2" else {**CONFIGURATIONS, **FORCED}
        if name == "whisper":
            # Its own generate() forces no first token, and returns the best sequence as often as it is asked for sequences. Ids
            # above the one for "no timestamps" are times to it, after which it goes on from there.
            others = ("forced_bos_token_id", "num_return_sequences")
            configurations = {
                title: {key: value for key, value in options.items() if key not in others}
                | {"suppress_tokens": [*options.get("suppress_tokens", []), *range(SOT, VOCABULARY)]}
                for title, options in configurations.items()
            }
        stream = IntegerStream(1000 + number)
        prompts, rows, ties, drawn = [], {title: [] for title in configurations}, 0, 0
        while len(prompts) < PROMPTS:
            drawn += 1
            prompt = [drawn] if name == "whisper" else [stream.between(3, VOCABULARY - 1) for _ in range(stream.between(1, 12))]
            answers = {title: answer(name, model, prompt, options) for title, options in configurations.items()}
            # Where rounding decides between two texts, there is no right answer to compare with: such prompts are left out.
            if any(answers[title] != answer(name, precise, prompt, options) for title, options in configurations.items()):
                ties += 1
                continue
            prompts.append(" ".join(map(str, prompt)))
            for title, made in answers.items():
                rows[title].append(made)
        results = {title: dict(config=options, answers=rows[title]) for title, options in configurations.items()}
        for title, made in rows.items():
            lengths = [len(row[0].split()) for row in made]
            print(name, title, "mean length", sum(lengths) / len(lengths), "distinct", len({row[0] for row in made}), "of", drawn, "ties", ties)
        written = dict(made_with=made_with, new_tokens=NEW_TOKENS, prompts=prompts, configurations=results)
        (FIXTURES / f"{name}.json").write_text(json.dumps(written, indent=0) + "\n")


def until_end(ids):
    """Ids up to and with the first end of a text; what follows it is padding."""
    return ids[: ids.index(EOS) + 1] if EOS in ids else ids


if __name__ == "__main__":
    step, target = sys.argv[1], Path(sys.argv[2])
    {"checkpoints": write_checkpoints, "graphs": write_graphs, "answers": write_answers}[step](target)
