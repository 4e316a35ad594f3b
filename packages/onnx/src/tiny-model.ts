/** A model of one `Relu` on one number, as `writeOnnx` of the testing package writes it: enough to start the engine. */
export function tinyModel(): Uint8Array {
  return Uint8Array.from(
    Buffer.from(
      "CAgSCW1lbmFnZXJpZTo3CgwKAXgSAXkiBFJlbHUSBWdyYXBoWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUICEBE=",
      "base64",
    ),
  );
}
