"""The graphs and files that florence.py writes."""

import json
import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from merge_decoders import merge_decoders
from transformers import AutoProcessor, DynamicCache, EncoderDecoderCache, Florence2ForConditionalGeneration

torch.set_num_threads(1)
PARTS = ["decoder.key", "decoder.value", "encoder.key", "encoder.value"]


class Vision(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.get_image_features(pixel_values).pooler_output


class Encoder(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.encoder = model.model.language_model.encoder

    def forward(self, inputs_embeds, attention_mask):
        return self.encoder(inputs_embeds=inputs_embeds, attention_mask=attention_mask).last_hidden_state


class Decoder(torch.nn.Module):
    """Without pasts it gives both halves of the cache, with them the decoder's own half."""

    def __init__(self, model):
        super().__init__()
        self.decoder = model.model.language_model.decoder
        self.lm_head = model.lm_head

    def forward(self, encoder_attention_mask, encoder_hidden_states, inputs_embeds, *pasts):
        cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
        for layer in range(len(pasts) // 4):
            own_key, own_value, key, value = pasts[4 * layer : 4 * layer + 4]
            cache.self_attention_cache.update(own_key, own_value, layer)
            cache.cross_attention_cache.update(key, value, layer)
            cache.is_updated[layer] = True
        hidden = self.decoder(
            inputs_embeds=inputs_embeds, encoder_hidden_states=encoder_hidden_states, encoder_attention_mask=encoder_attention_mask,
            past_key_values=cache, use_cache=True,
        ).last_hidden_state
        presents = []
        for layer in range(len(cache.self_attention_cache.layers)):
            halves = [cache.self_attention_cache] if pasts else [cache.self_attention_cache, cache.cross_attention_cache]
            for half in halves:
                presents += [half.layers[layer].keys, half.layers[layer].values]
        return self.lm_head(hidden), *presents


def export(model: Florence2ForConditionalGeneration, folder: Path, size: tuple[int, int], split: bool = False) -> None:
    """Write the graphs, each checked against torch at other batch sizes and lengths than the traced ones. @param size height, width"""
    target = folder / "onnx"
    target.mkdir(parents=True, exist_ok=True)
    text = model.config.text_config
    width, heads, layers = text.d_model, text.decoder_attention_heads, text.decoder_layers

    def states(batch: int, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        mask = torch.ones(batch, length, dtype=torch.int64)
        mask[-1, length - 2 :] = 0
        return mask, torch.randn(batch, length, width)

    def first_step(batch: int, length: int) -> tuple[torch.Tensor, ...]:
        return (*states(batch, length), torch.randn(batch, 1 if batch == 1 else batch - 1, width))

    def later_step(batch: int, length: int) -> tuple[torch.Tensor, ...]:
        pasts = []
        for _ in range(layers):
            pasts += [torch.randn(batch, heads, past, width // heads) for past in (batch + 2, batch + 2, length, length)]
        return (*states(batch, length), torch.randn(batch, 1, width), *pasts)

    with torch.no_grad():
        write(target / "vision_encoder.onnx", Vision(model), lambda batch, _: (torch.randn(batch, 3, *size),), {"pixel_values": ["batch"]}, {"image_features": ["batch"]})
        write(
            target / "embed_tokens.onnx", model.get_input_embeddings(), lambda batch, length: (torch.randint(0, 200, (batch, length)),),
            {"input_ids": ["batch", "length"]}, {"inputs_embeds": ["batch", "length"]},
        )
        write(
            target / "encoder_model.onnx", Encoder(model), lambda batch, length: states(batch, length)[::-1],
            {"inputs_embeds": ["batch", "encoder_length"], "attention_mask": ["batch", "encoder_length"]}, {"last_hidden_state": ["batch", "encoder_length"]},
        )
        encoded = {"encoder_attention_mask": ["batch", "encoder_length"], "encoder_hidden_states": ["batch", "encoder_length"], "inputs_embeds": ["batch", "length"]}
        lengths = {"decoder": "past_length", "encoder": "encoder_length"}
        cached = {(layer, part): ["batch", None, lengths[part.split(".")[0]]] for layer in range(layers) for part in PARTS}
        presents = {f"present.{layer}.{part}": axes for (layer, part), axes in cached.items()}
        write(target / "decoder_model.onnx", Decoder(model), first_step, encoded, {"logits": ["batch", "length"], **presents})
        write(
            target / "decoder_with_past_model.onnx", Decoder(model), later_step,
            {**encoded, **{f"past_key_values.{layer}.{part}": axes for (layer, part), axes in cached.items()}},
            {"logits": ["batch", "length"], **{name: axes for name, axes in presents.items() if ".decoder." in name}},
        )
    if split:
        return
    pair = [target / "decoder_model.onnx", target / "decoder_with_past_model.onnx"]
    onnx.save(merge_decoders(*map(onnx.load, pair)), target / "decoder_model_merged.onnx")
    check_merged(target / "decoder_model_merged.onnx", Decoder(model), first_step, later_step)
    for path in pair:
        path.unlink()


def write(path: Path, wrapper: torch.nn.Module, example, inputs: dict, outputs: dict) -> None:
    # A wrapper is born in train mode, which the exporter would restore on what it wraps.
    wrapper = wrapper.eval()
    axes = {name: {i: axis for i, axis in enumerate(named) if axis} for name, named in {**inputs, **outputs}.items()}
    torch.onnx.export(wrapper, example(2, 7), path, input_names=list(inputs), output_names=list(outputs), dynamic_axes=axes, opset_version=17, dynamo=False)
    name_sizes(path, wrapper(*example(3, 9)), axes)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    taken = {value.name for value in session.get_inputs()}
    for batch, length in ((1, 5), (3, 9), (5, 4)):
        values = example(batch, length)
        compare(session, {name: value for name, value in zip(inputs, values) if name in taken}, wrapper(*values), f"{path.name} at batch {batch}")


def name_sizes(path: Path, results, axes: dict) -> None:
    """The tracer gives sizes that it does not know misleading names; whatever is no axis is a number."""
    graph = onnx.load(path)
    for output, value in zip(graph.graph.output, [results] if torch.is_tensor(results) else results):
        del output.type.tensor_type.shape.dim[:]
        for axis, size in enumerate(value.shape):
            dim = output.type.tensor_type.shape.dim.add()
            if axis in axes[output.name]:
                dim.dim_param = axes[output.name][axis] if not output.name.startswith("present") or axis == 0 else f"present_{axes[output.name][axis]}"
            else:
                dim.dim_value = size
    onnx.save(graph, path)


def check_merged(path: Path, decoder: Decoder, first_step, later_step) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pasts = [value for value in session.get_inputs() if value.name.startswith("past_key_values.")]
    with torch.no_grad():
        for step, later in ((first_step, False), (later_step, True)):
            for batch, length in ((1, 5), (3, 9)):
                values = step(batch, length)
                feeds = dict(zip(["encoder_attention_mask", "encoder_hidden_states", "inputs_embeds"], values))
                for i, past in enumerate(pasts):
                    # The graph's inputs are in alphabetical order, which is the order of the cache's parts too.
                    feeds[past.name] = values[3 + order(past.name)] if later else torch.zeros(batch, past.shape[1], 0, past.shape[3])
                feeds["use_cache_branch"] = torch.tensor([later])
                names = ["logits", *(f"present.{layer}.{part}" for layer in range(len(pasts) // 4) for part in (PARTS[:2] if later else PARTS))]
                compare(session, feeds, decoder(*values), f"{path.name}, cache {later}", names)


def order(name: str) -> int:
    _, layer, part = name.split(".", 2)
    return int(layer) * 4 + PARTS.index(part)


def compare(session, feeds: dict, expected, what: str, names: list[str] | None = None) -> None:
    actual = session.run(names, {name: value.numpy() for name, value in feeds.items()})
    for found, right in zip(actual, [expected] if torch.is_tensor(expected) else expected, strict=True):
        difference = numpy.abs(found - right.numpy()).max()
        assert difference < 2e-4 * max(1, right.abs().max().item()), f"{what}: {difference} off"


def write_files(model, processor, folder: Path) -> None:
    """What stands beside the graphs. The processor is written in the two files that public conversions have."""
    model.config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    processor.tokenizer.save_pretrained(folder)
    processor.image_processor.save_pretrained(folder)
    settings = {"processor_class": "Florence2Processor", "post_processor_config": processor.post_processor_config}
    (folder / "processor_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def main() -> None:
    if sys.argv[1] == "--tiny":
        from tiny_florence import make

        for seed in sys.argv[2:]:
            make(int(seed))
    else:
        checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
        florence = Florence2ForConditionalGeneration.from_pretrained(checkpoint, attn_implementation="eager", dtype=torch.float32).eval()
        pieces = AutoProcessor.from_pretrained(checkpoint)
        side = pieces.image_processor.size
        export(florence, folder, (side["height"], side["width"]))
        write_files(florence, pieces, folder)
