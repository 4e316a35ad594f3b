"""Signatures of a small folder by the reference implementation of OpenSSF model signing.

    pip install model-signing==1.1.1 pyopenssl
    python tools/export/bundle/signatures.py packages/bundle/fixtures

Writes signatures.json: the folder's files as text, keys and certificates as PEM, and for each way of signing its bundle.
The keys are for these tests alone.
"""

import datetime
import json
import pathlib
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from model_signing import hashing, signing

FILES = {"config.json": "{}\n", "onnx/model.onnx": "weights\n", "onnx/model.onnx_data": "more weights\n", "a.b/c": "c"}
CURVES = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def certificate(name, key, issuer, issuer_key, authority, usage="digital", length=None):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * 30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=length), critical=True)
    )
    if usage == "code":
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    elif usage is not None:
        flags = dict.fromkeys(
            [
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ],
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(digital_signature=usage == "digital" and not authority, key_cert_sign=authority, **flags),
            critical=True,
        )
    return builder.sign(issuer_key, hashes.SHA256()), subject


def text(cert):
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def main(out):
    made = {"files": FILES, "keys": {}, "certificates": {}, "bundles": {}}
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        model = place / "model"
        for name, content in FILES.items():
            (model / name).parent.mkdir(parents=True, exist_ok=True)
            (model / name).write_text(content)
        keys = {name: ec.generate_private_key(curve) for name, curve in CURVES.items()}
        for name, key in keys.items():
            (place / name).write_text(pem(key))
            made["keys"][name] = {"private": pem(key), "public": public_pem(key)}

        def sign(label, config, hashing_config=None):
            config.set_hashing_config(hashing_config or hashing.Config())
            config.sign(model, place / "out")
            made["bundles"][label] = json.loads((place / "out").read_text())

        for name in keys:
            sign(name, signing.Config().use_elliptic_key_signer(private_key=place / name))
        key = lambda: signing.Config().use_elliptic_key_signer(private_key=place / "p256")  # noqa: E731
        sign("blake2b", key(), hashing.Config().use_file_serialization(hashing_algorithm="blake2"))
        sign("blake3", key(), hashing.Config().use_file_serialization(hashing_algorithm="blake3"))
        sign("shards", key(), hashing.Config().use_shard_serialization())
        sign("without a.b", key(), hashing.Config().set_ignored_paths(paths=["a.b"]))

        root_key, middle_key = keys["p384"], ec.generate_private_key(ec.SECP256R1())
        root, root_name = certificate("A root", root_key, None, root_key, True)
        middle, middle_name = certificate("Between", middle_key, root_name, root_key, True, length=0)
        other, _ = certificate("A root", keys["p521"], None, keys["p521"], True)
        made["certificates"] = {"root": text(root), "between": text(middle), "other root": text(other)}
        for usage in ["digital", "code", "none"]:
            leaf, _ = certificate("Signer", keys["p256"], middle_name, middle_key, False, usage=usage)
            made["certificates"][f"leaf {usage}"] = text(leaf)
            (place / "leaf").write_text(text(leaf))
            (place / "middle").write_text(text(middle))
            config = signing.Config().use_certificate_signer(
                private_key=place / "p256", signing_certificate=place / "leaf", certificate_chain=[place / "middle"]
            )
            sign(f"certificate {usage}", config)
        # Not an authority, and signs all the same.
        crook, crook_name = certificate("Signer", keys["p256"], middle_name, middle_key, False)
        leaf, _ = certificate("Victim", keys["p521"], crook_name, keys["p256"], False)
        (place / "leaf").write_text(text(leaf))
        (place / "crook").write_text(text(crook))
        config = signing.Config().use_certificate_signer(
            private_key=place / "p521", signing_certificate=place / "leaf", certificate_chain=[place / "crook", place / "middle"]
        )
        sign("certificate of a crook", config)
    (pathlib.Path(out) / "signatures.json").write_text(json.dumps(made, indent=1) + "\n")


main(sys.argv[1])
