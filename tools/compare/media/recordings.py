"""Sixty recordings of odd kinds, made by ordinary tools, and what ffmpeg reads of them.

    python recordings.py FOLDER        ffmpeg, sox, flac, opusenc, oggenc; numpy

Writes FOLDER/NAME and FOLDER/reference/NAME.json with rate and channels, and NAME.f32 with the interleaved float32 samples
of the first sound, as `ffmpeg -f f32le` gives them; null where ffmpeg reads nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
(folder / "reference").mkdir(parents=True, exist_ok=True)
source = folder / "source.wav"


def run(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, capture_output=True)


def made(name: str, *words: str) -> None:
    """A word SRC is the source, OUT the file to write."""
    said = run(*(word.replace("SRC", str(source)).replace("OUT", str(folder / name)) for word in words))
    if said.returncode != 0 or not (folder / name).exists():
        print(f"{name}: not made here: {said.stderr.decode(errors='replace').strip()[-120:]}")
        (folder / name).unlink(missing_ok=True)


def ffmpeg(name: str, *options: str) -> None:
    made(name, "ffmpeg", "-v", "error", "-y", "-i", "SRC", *options, "OUT")


def sox(name: str, *options: str) -> None:
    made(name, "sox", "-R", "SRC", *options, "OUT")


# Two channels that differ: a sweep and a chord, with noise, bursts and a second of silence.
rng = np.random.default_rng(3)
time = np.arange(int(2.13 * 44100)) / 44100
left = 0.5 * np.sin(2 * np.pi * (200 * time + 900 * time**2)) + 0.05 * rng.standard_normal(time.size)
right = 0.3 * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 661 * time)) * (time % 0.5 < 0.3)
samples = np.clip(np.stack([left, right], axis=-1) * (np.abs(time - 1.2) > 0.3)[:, None], -1, 1).astype("<f4")
raw = folder / "source.raw"
raw.write_bytes(samples.tobytes())
run("ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", "44100", "-ac", "2", "-i", str(raw), "-c:a", "pcm_f32le", str(source))

# WAV
for kind in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le", "mulaw", "alaw"):
    ffmpeg(f"wav-{kind}.wav", "-c:a", f"pcm_{kind}")
ffmpeg("wav-mono-8k.wav", "-ac", "1", "-ar", "8000")
ffmpeg("wav-six-channels.wav", "-af", "pan=5.1|c0=c0|c1=c1|c2=c0|c3=c1|c4=c0|c5=c1", "-c:a", "pcm_s16le")
ffmpeg("wav-ima-adpcm.wav", "-c:a", "adpcm_ima_wav")
ffmpeg("wav-ms-adpcm.wav", "-c:a", "adpcm_ms")
ffmpeg("wav-rf64.wav", "-rf64", "always")
ffmpeg("wav-with-list.wav", "-metadata", "title=A title", "-metadata", "comment=" + "x" * 999, "-c:a", "pcm_s16le")
made("wav-through-a-pipe.wav", "sh", "-c", "ffmpeg -v error -i 'SRC' -c:a pcm_s16le -f wav - > 'OUT'")
sox("wav-sox-24.wav", "-b", "24")
sox("wav-sox-extensible.wavex.wav", "-t", "wavpcm", "-b", "16")
ffmpeg("wav-96k.wav", "-ar", "96000", "-c:a", "pcm_s24le")
# AIFF, AU, CAF, W64, raw
for kind in ("s16be", "s24be", "f32be"):
    ffmpeg(f"aiff-{kind}.aiff", "-c:a", f"pcm_{kind}")
sox("aiff-sox.aif", "-b", "16")
sox("aifc-sox.aifc", "-b", "16")
ffmpeg("au-s16.au", "-c:a", "pcm_s16be")
sox("au-mulaw.au", "-e", "mu-law")
sox("au-float.au", "-e", "float", "-b", "32")
ffmpeg("caf-s16.caf", "-c:a", "pcm_s16le")
ffmpeg("caf-f32.caf", "-c:a", "pcm_f32be")
ffmpeg("other-w64.w64")
# FLAC
for level in ("0", "5", "8"):
    made(f"flac-{level}.flac", "sh", "-c", f"sox -R 'SRC' -b 16 -t wav - | flac -s -f -{level} -o 'OUT' -")
made("flac-24.flac", "sh", "-c", "sox -R 'SRC' -b 24 -t wav - | flac -s -f -o 'OUT' -")
made("flac-8-bit.flac", "sh", "-c", "sox -R 'SRC' -b 8 -t wav - | flac -s -f -o 'OUT' -")
made("flac-from-a-pipe.flac", "sh", "-c", "sox -R 'SRC' -b 16 -t wav - | flac -s -c - > 'OUT'")
ffmpeg("flac-ffmpeg.flac", "-sample_fmt", "s32")
ffmpeg("flac-mono.flac", "-ac", "1", "-ar", "16000")
ffmpeg("flac-in-ogg.oga", "-c:a", "flac", "-f", "ogg")
ffmpeg("flac-silent-end.flac", "-af", "apad=pad_dur=1.5")
# MP3
ffmpeg("mp3-128k.mp3", "-b:a", "128k")
ffmpeg("mp3-variable.mp3", "-q:a", "4")
ffmpeg("mp3-mono-16k.mp3", "-ac", "1", "-ar", "16000", "-b:a", "32k")
ffmpeg("mp3-joint-64k.mp3", "-b:a", "64k", "-joint_stereo", "1")
ffmpeg("mp3-no-tag.mp3", "-write_xing", "0", "-id3v2_version", "0", "-b:a", "96k")
ffmpeg("mp3-with-id3.mp3", "-metadata", "title=" + "y" * 3000, "-b:a", "96k")
# Vorbis and Opus
ffmpeg("vorbis.ogg", "-c:a", "libvorbis", "-q:a", "3")
ffmpeg("vorbis-mono-22k.ogg", "-c:a", "libvorbis", "-ac", "1", "-ar", "22050")
made("vorbis-oggenc.ogg", "sh", "-c", "sox -R 'SRC' -b 16 -t wav - | oggenc -Q -q 2 -o 'OUT' -")
made("opus-opusenc.opus", "sh", "-c", "sox -R 'SRC' -b 16 -t wav - | opusenc --quiet - 'OUT'")
ffmpeg("opus-voip-24k.opus", "-c:a", "libopus", "-b:a", "24k", "-application", "voip", "-ac", "1")
ffmpeg("opus-frames-of-60ms.opus", "-c:a", "libopus", "-frame_duration", "60")
# Films and their containers
ffmpeg("opus.webm", "-c:a", "libopus")
ffmpeg("vorbis.webm", "-c:a", "libvorbis")
ffmpeg("opus.mka", "-c:a", "libopus")
ffmpeg("pcm.mkv", "-c:a", "pcm_s16le")
ffmpeg("flac.mka", "-c:a", "flac")
ffmpeg("mp3.mkv", "-c:a", "libmp3lame")
ffmpeg("pcm.mov", "-c:a", "pcm_s16be")
ffmpeg("flac.mp4", "-c:a", "flac", "-strict", "-2")
ffmpeg("opus.mp4", "-c:a", "libopus")
ffmpeg("mp3.mp4", "-c:a", "libmp3lame")
made("film-with-sound.webm", "ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=2:s=64x48", "-i", "SRC", "-c:v", "libvpx", "-c:a", "libopus", "OUT")
# Kinds that are not read here, and are to be refused by name
ffmpeg("other-aac.aac", "-c:a", "aac")
ffmpeg("other-aac.m4a", "-c:a", "aac")
ffmpeg("other-wma.wma", "-c:a", "wmav2")
ffmpeg("other-ac3.ac3", "-c:a", "ac3")
ffmpeg("other-alac.m4a", "-c:a", "alac")
ffmpeg("other-speech.spx", "-c:a", "libspeex", "-ac", "1", "-ar", "16000")
ffmpeg("other-wavpack.wv", "-c:a", "wavpack")
ffmpeg("other-tta.tta", "-c:a", "tta")
source.unlink()
raw.unlink()

for path in sorted(path for path in folder.iterdir() if path.is_file()):
    told = run("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels,codec_name", "-of", "json", str(path))
    streams = json.loads(told.stdout or b"{}").get("streams", [])
    # The library that made Opus; ffmpeg's own decoder gives other samples.
    decoder = ["-c:a", "libopus"] if streams and streams[0]["codec_name"] == "opus" else []
    decoded = run("ffmpeg", "-v", "error", *decoder, "-i", str(path), "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-")
    read = None
    if streams and decoded.returncode == 0:
        (folder / "reference" / f"{path.name}.f32").write_bytes(decoded.stdout)
        codec = streams[0]["codec_name"]
        read = {"rate": int(streams[0]["sample_rate"]), "channels": streams[0]["channels"], "codec": codec}
    (folder / "reference" / f"{path.name}.json").write_text(json.dumps(read))
