/** As in contracts/src/governance/Roles.sol; a test compares them with what the contract answers. */
export const governanceRoles = { admin: 0n, releaseManager: 1n, revoker: 2n, guardian: 3n } as const;
export type GovernanceRole = keyof typeof governanceRoles;

/** Which role may call what. Everything else in the contracts is open to everybody or asks for a signature. */
export const governedFunctions = [
  { contract: 'registry', signature: 'listRelease(bytes32,uint8)', role: 'releaseManager' },
  { contract: 'registry', signature: 'unbanPlatform(bytes32)', role: 'releaseManager' },
  { contract: 'registry', signature: 'withdrawRelease(bytes32)', role: 'revoker' },
  { contract: 'registry', signature: 'banPlatform(bytes32,address[])', role: 'revoker' },
  { contract: 'registry', signature: 'revokeEnclaves(address[])', role: 'revoker' },
  { contract: 'registry', signature: 'setAdditionsPaused(bool)', role: 'guardian' },
  { contract: 'registry', signature: 'setRegistrationsPaused(bool)', role: 'guardian' },
  { contract: 'settlement', signature: 'setEntryPaused(bool)', role: 'guardian' },
] as const satisfies readonly {
  contract: 'registry' | 'settlement';
  signature: string;
  role: GovernanceRole;
}[];
