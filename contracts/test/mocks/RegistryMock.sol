// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EnclaveRecord} from "../../src/libraries/EnclaveRecord.sol";

/// Answers what a test sets; the settlement contract reads nothing else of the registry.
contract RegistryMock {
    mapping(address enclaveKey => EnclaveRecord) private _enclaves;

    function set(address enclaveKey, address provider, uint8 tier, uint8 teeType) external {
        _enclaves[enclaveKey] = EnclaveRecord(provider, tier, teeType, 0, false, 0, 0, 0); // expired since 1970
    }

    function enclaveOf(address enclaveKey) external view returns (EnclaveRecord memory) {
        return _enclaves[enclaveKey];
    }

    function providerAndTierOf(address enclaveKey) external view returns (address, uint8) {
        return (_enclaves[enclaveKey].provider, _enclaves[enclaveKey].tier);
    }
}
