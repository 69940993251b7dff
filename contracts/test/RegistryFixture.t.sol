// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {EnclaveKeys, hashEnclaveKeys} from "../src/types/EnclaveKeys.sol";
import {EnrolEnclave, hashEnrolEnclave} from "../src/types/EnrolEnclave.sol";
import {Base} from "./Base.t.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlWriter} from "./builders/CrlWriter.sol";
import {PckChain} from "./builders/PckChain.sol";
import {SnpVerifierStub} from "./mocks/SnpVerifierStub.sol";
import {QuoteSpec, QuoteWriter} from "./builders/QuoteWriter.sol";

/// A registry with one platform, and valid registrations to bend.
abstract contract RegistryFixture is Base {
    uint256 internal constant PROVIDER_KEY = 0xa11ce;
    uint256 internal constant ENCLAVE_KEY = 0xe4c1a7e;
    address internal constant RELAYER = address(0xbeef);
    /// As SimulatedVendor has them.
    bytes32 internal constant SIMULATED_SNP_ROOTS =
        0x64f3e2722b79e89f82d5910f06ad190c9c31d0dadc1ff49d2754055b8a78332d;

    IDcapCollateral internal collateral;
    IEnclaveRegistry internal registry;
    SnpVerifierStub internal snpVerifier = new SnpVerifierStub(SIMULATED_SNP_ROOTS);
    bytes32 internal platformId;
    uint64 internal deadline = uint64(NOW + 1 hours);

    function setUp() public virtual {
        vm.warp(NOW);
        vm.roll(1_000);
        collateral = IDcapCollateral(deploy("SimulatedDcapCollateral", ""));
        registry = IEnclaveRegistry(
            deploy("SimulatedEnclaveRegistry", abi.encode(collateral, snpVerifier, deployAuthority()))
        );
        collateral.upsertAuthority(PckChain.sign(PckChain.intermediate()));
        collateral.upsertAuthority(PckChain.sign(CollateralWriter.tcbSigner()));
        collateral.upsertRootCrl(CrlWriter.sign(CollateralWriter.rootCrl()));
        collateral.upsertPckCrl(
            CrlWriter.sign(CollateralWriter.pckCrl()),
            CollateralWriter.authorityKeyHash()
        );
        upsertTcbInfo(CollateralWriter.tcbInfo());
        upsertQeIdentity(CollateralWriter.qeIdentity());
        platformId = registry.registerPlatform(
            PckChain.sign(PckChain.leaf()),
            CollateralWriter.authorityKeyHash()
        );
    }

    /// This test holds every role, and no decision waits.
    function deployAuthority() internal returns (address) {
        address me = address(this);
        return deploy("HearthAccessManager", abi.encode(me, me, me, me, uint32(0), uint32(0)));
    }

    function upsertTcbInfo(string memory text) internal {
        collateral.upsertTcbInfo(bytes(text), signedByVendor(text), signerKeyHash());
    }

    function upsertQeIdentity(string memory text) internal {
        collateral.upsertQeIdentity(bytes(text), signedByVendor(text), signerKeyHash());
    }

    function signedByVendor(string memory text) internal pure returns (bytes32[2] memory) {
        return CollateralWriter.sign(text, CollateralWriter.TCB_SIGNER_KEY);
    }

    function signerKeyHash() internal pure returns (bytes32) {
        return CollateralWriter.keyHash(CollateralWriter.TCB_SIGNER_KEY);
    }

    function validKeys() internal view returns (EnclaveKeys memory) {
        return
            EnclaveKeys({
                provider: vm.addr(PROVIDER_KEY),
                nodeKey: keccak256("node"),
                enclaveKey: vm.addr(ENCLAVE_KEY),
                firstHpkeKeyId: keccak256("hpke"),
                teeType: 2,
                tier: 0,
                configHash: keccak256("config"),
                anchorBlockNumber: uint64(block.number - 1),
                anchorBlockHash: blockhash(block.number - 1)
            });
    }

    function keysDigest(EnclaveKeys memory keys) internal view returns (bytes32) {
        return typedDigest("Hearth Registry", address(registry), hashEnclaveKeys(keys));
    }

    function quoteSpec(EnclaveKeys memory keys) internal view returns (QuoteSpec memory) {
        return QuoteWriter.spec(keysDigest(keys));
    }

    function pckKey() internal pure returns (IEnclaveRegistry.PckKey memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(PckChain.PCK_KEY);
        return IEnclaveRegistry.PckKey(bytes32(x), bytes32(y), keccak256(abi.encodePacked(PckChain.PPID)));
    }

    function enrolment(EnclaveKeys memory keys, uint256 signerKey) internal view returns (bytes memory) {
        bytes32 structHash = hashEnrolEnclave(EnrolEnclave(keys.enclaveKey, keys.nodeKey, deadline));
        return signature65(signerKey, typedDigest("Hearth Registry", address(registry), structHash));
    }

    /// Registers through a relayer with the provider's signature.
    function register(EnclaveKeys memory keys, bytes memory quote) internal {
        register(keys, quote, enrolment(keys, PROVIDER_KEY));
    }

    function register(EnclaveKeys memory keys, bytes memory quote, bytes memory enrolmentSignature) internal {
        vm.prank(RELAYER);
        registry.registerEnclave(keys, quote, pckKey(), deadline, enrolmentSignature);
    }
}
