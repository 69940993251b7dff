// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {JobHeader, hashJobHeader} from "../src/types/JobHeader.sol";
import {KeyConfig, hashKeyConfig} from "../src/types/KeyConfig.sol";
import {LeaseRelease, hashLeaseRelease} from "../src/types/LeaseRelease.sol";
import {LeaseRequest, hashLeaseRequest} from "../src/types/LeaseRequest.sol";
import {NotRun, hashNotRun} from "../src/types/NotRun.sol";
import {Base} from "./Base.t.sol";

/// Messages that are signed for other parties than the contracts. They are hashed member by member, in the order of their
/// type string, as EIP-712 says: none is left out, none takes another's place.
contract TypeHashesTest is Base {
    function testFuzz_NotRun(NotRun memory notRun) public pure {
        bytes32 typeHash = keccak256("NotRun(bytes32 jobHeaderHash,address enclaveKey)");
        assertEq(
            hashNotRun(notRun),
            keccak256(abi.encode(typeHash, notRun.jobHeaderHash, notRun.enclaveKey)),
            "hash"
        );
    }

    function testFuzz_LeaseRelease(LeaseRelease memory release) public pure {
        bytes32 typeHash = keccak256("LeaseRelease(bytes32 leaseId,bytes32 orderHash)");
        assertEq(
            hashLeaseRelease(release),
            keccak256(abi.encode(typeHash, release.leaseId, release.orderHash)),
            "hash"
        );
    }

    function testFuzz_KeyConfig(KeyConfig memory config) public pure {
        bytes32 typeHash = keccak256(
            "KeyConfig(bytes32 keyId,uint8 suite,bytes32 pkHash,uint64 sequence,uint64 notBeforeUnixSec,uint64 notAfterUnixSec)"
        );
        bytes memory members = abi.encode(
            config.keyId,
            config.suite,
            config.pkHash,
            config.sequence,
            config.notBeforeUnixSec,
            config.notAfterUnixSec
        );
        assertEq(hashKeyConfig(config), keccak256(bytes.concat(typeHash, members)), "hash");
    }

    function testFuzz_LeaseRequest(LeaseRequest memory request) public pure {
        bytes32 typeHash = keccak256(
            "LeaseRequest(bytes32 orderHash,bytes32 modelDigest,bytes32 policyHash,bytes32 regionsHash,uint8 minTier,uint8 class,uint32 contextTokens,uint64 maxPriceInput,uint64 maxPriceCachedInput,uint64 maxPriceOutput,uint128 holdPicoUsd,uint64 checkpointSize,bytes32 checkpointRoot,uint64 requestedAtMs,bytes32 salt)"
        );
        bytes memory ids = abi.encode(
            request.orderHash,
            request.modelDigest,
            request.policyHash,
            request.regionsHash
        );
        bytes memory limits = abi.encode(
            request.minTier,
            request.class,
            request.contextTokens,
            request.maxPriceInput,
            request.maxPriceCachedInput,
            request.maxPriceOutput,
            request.holdPicoUsd
        );
        bytes memory place = abi.encode(
            request.checkpointSize,
            request.checkpointRoot,
            request.requestedAtMs,
            request.salt
        );
        assertEq(hashLeaseRequest(request), keccak256(bytes.concat(typeHash, ids, limits, place)), "hash");
    }

    function testFuzz_JobHeader(JobHeader memory header) public pure {
        bytes32 typeHash = keccak256(
            "JobHeader(uint8 suite,bytes32 jobId,bytes32 leaseId,bytes32 orderHash,bytes32 policyHash,bytes32 modelDigest,uint8 endpoint,uint64 priceInput,uint64 priceCachedInput,uint64 priceOutput,uint128 capPicoUsd,uint32 maxOutputTokens,uint64 notBeforeUnixSec,uint64 expiresAtUnixSec,uint8 padClass,uint8 attempt,bytes32 previousJobId,bytes32 recipientsRoot,bytes32 cekCommit)"
        );
        bytes memory ids = abi.encode(
            header.suite,
            header.jobId,
            header.leaseId,
            header.orderHash,
            header.policyHash,
            header.modelDigest,
            header.endpoint
        );
        bytes memory limits = abi.encode(
            header.priceInput,
            header.priceCachedInput,
            header.priceOutput,
            header.capPicoUsd,
            header.maxOutputTokens,
            header.notBeforeUnixSec,
            header.expiresAtUnixSec
        );
        bytes memory rest = abi.encode(
            header.padClass,
            header.attempt,
            header.previousJobId,
            header.recipientsRoot,
            header.cekCommit
        );
        assertEq(hashJobHeader(header), keccak256(bytes.concat(typeHash, ids, limits, rest)), "hash");
    }
}
