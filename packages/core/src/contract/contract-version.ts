/**
 * Version of the contract between a plugin and the zoo. A plugin states it in its manifest and in `definePlugin`; a
 * plugin with a newer one is refused with `contract_mismatch`, so that it can never half work.
 */
export const contractVersion = 1;
