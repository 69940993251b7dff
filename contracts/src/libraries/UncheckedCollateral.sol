// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Bits of EnclaveRecord.uncheckedCollateral: what nobody checked on-chain when the enclave registered. 0 means everything.
/// Off-chain verifiers check all of it; a buyer's SDK never relies on these bits being clear.
library UncheckedCollateral {
    uint8 internal constant TCB_INFO = 1; // is the platform's TCB level current, out of date or revoked
    uint8 internal constant QE_IDENTITY = 2; // is the quoting enclave Intel's
    uint8 internal constant PCK_CRL = 4; // is the PCK certificate revoked
    uint8 internal constant ROOT_CRL = 8; // is the intermediate CA revoked
    uint8 internal constant ALL = TCB_INFO | QE_IDENTITY | PCK_CRL | ROOT_CRL;
}
