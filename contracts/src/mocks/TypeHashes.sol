// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorization, hashAuthorization} from "../types/Authorization.sol";
import {ClaimAuthorization, hashClaimAuthorization} from "../types/ClaimAuthorization.sol";
import {CloseAuthorization, hashCloseAuthorization} from "../types/CloseAuthorization.sol";
import {EnclaveKeys, hashEnclaveKeys} from "../types/EnclaveKeys.sol";
import {EnrolEnclave, hashEnrolEnclave} from "../types/EnrolEnclave.sol";
import {Execution, hashExecution} from "../types/Execution.sol";
import {JobHeader, hashJobHeader} from "../types/JobHeader.sol";
import {KeyConfig, hashKeyConfig} from "../types/KeyConfig.sol";
import {LeaseRelease, hashLeaseRelease} from "../types/LeaseRelease.sol";
import {LeaseRequest, hashLeaseRequest} from "../types/LeaseRequest.sol";
import {NotRun, hashNotRun} from "../types/NotRun.sol";
import {Order, hashOrder} from "../types/Order.sol";
import {Receipt, hashReceipt} from "../types/Receipt.sol";
import {Settlement, hashSettlement} from "../types/Settlement.sol";
import {WithdrawAuthorization, hashWithdrawAuthorization} from "../types/WithdrawAuthorization.sol";

/// Exposes every struct hash, so that a test can pin the TypeScript digests to the Solidity ones. Never deployed to a market.
contract TypeHashes {
    function order(Order calldata message) external pure returns (bytes32) {
        return hashOrder(message);
    }

    function leaseRequest(LeaseRequest calldata message) external pure returns (bytes32) {
        return hashLeaseRequest(message);
    }

    function leaseRelease(LeaseRelease calldata message) external pure returns (bytes32) {
        return hashLeaseRelease(message);
    }

    function jobHeader(JobHeader calldata message) external pure returns (bytes32) {
        return hashJobHeader(message);
    }

    function authorization(Authorization calldata message) external pure returns (bytes32) {
        return hashAuthorization(message);
    }

    function notRun(NotRun calldata message) external pure returns (bytes32) {
        return hashNotRun(message);
    }

    function settlement(Settlement calldata message) external pure returns (bytes32) {
        return hashSettlement(message);
    }

    function execution(Execution calldata message) external pure returns (bytes32) {
        return hashExecution(message);
    }

    function receipt(Receipt calldata message) external pure returns (bytes32) {
        return hashReceipt(message);
    }

    function claimAuthorization(ClaimAuthorization calldata message) external pure returns (bytes32) {
        return hashClaimAuthorization(message);
    }

    function withdrawAuthorization(WithdrawAuthorization calldata message) external pure returns (bytes32) {
        return hashWithdrawAuthorization(message);
    }

    function closeAuthorization(CloseAuthorization calldata message) external pure returns (bytes32) {
        return hashCloseAuthorization(message);
    }

    function enclaveKeys(EnclaveKeys calldata message) external pure returns (bytes32) {
        return hashEnclaveKeys(message);
    }

    function enrolEnclave(EnrolEnclave calldata message) external pure returns (bytes32) {
        return hashEnrolEnclave(message);
    }

    function keyConfig(KeyConfig calldata message) external pure returns (bytes32) {
        return hashKeyConfig(message);
    }
}
