// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {ISnpVerifier} from "../interfaces/ISnpVerifier.sol";
import {EnclaveRegistry} from "../registry/EnclaveRegistry.sol";
import {ListedReleasesOnly} from "../registry/ListedReleasesOnly.sol";
import {SimulatedVendor} from "../vendor/SimulatedVendor.sol";

/// Production's rule about releases over evidence that tests can make. Never deployed anywhere.
contract ListedSimulatedRegistry is ListedReleasesOnly, SimulatedVendor {
    constructor(
        IDcapCollateral vendorCollateral,
        ISnpVerifier vendorSnpVerifier,
        address authority_
    ) EnclaveRegistry(vendorCollateral, vendorSnpVerifier, authority_) {}
}
