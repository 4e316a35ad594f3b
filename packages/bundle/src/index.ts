export { certificatesIn } from "./signature/certificate-chain.ts";
export { folderFiles } from "./signature/folder-files.ts";
export { signModel } from "./signature/sign-model.ts";
export type { SignedFile, SignedManifest } from "./signature/signed-manifest.ts";
export { privateKeyIn, publicKeyIn } from "./signature/signing-key.ts";
export { assertSame, assertSignedFiles, compareFolder, type FolderDifference } from "./signature/verify-files.ts";
export { signerSaidBy, type Trust, verifySignature } from "./signature/verify-signature.ts";
