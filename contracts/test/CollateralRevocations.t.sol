// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks} from "../src/collateral/IssuerChecks.sol";
import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {Crl} from "../src/libraries/Crl.sol";
import {Der} from "../src/libraries/Der.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {DerWriter} from "./builders/DerWriter.sol";
import {PckChain} from "./builders/PckChain.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// Each test bends one thing of a CRL, signs it properly, and expects the refusal that names it.
contract CollateralRevocationsTest is RegistryFixture {
    function test_AListIsKeptWithItsDates() public {
        CrlSpec memory list = _newer();
        list.entries = bytes.concat(CrlWriter.entry(1), CrlWriter.entry(type(uint160).max));
        _upsert(list);
        IDcapCollateral.RevocationHead memory head = collateral.revocationListOf(1);
        assertEq(head.thisUpdateUnixSec, 1_789_084_800, "this update");
        assertEq(head.nextUpdateUnixSec, 1_791_590_400, "next update");
        assertEq(
            keccak256(head.serials.code),
            keccak256(abi.encodePacked(hex"00", uint160(1), type(uint160).max)),
            "serials"
        );
    }

    function test_AnEmptyListIsAListToo() public view {
        assertEq(collateral.revocationListOf(1).serials, address(0), "nothing revoked");
        assertEq(collateral.revocationListOf(1).nextUpdateUnixSec, 1_791_590_400, "in force");
        assertEq(collateral.revocationListOf(2).nextUpdateUnixSec, 0, "none of a TCB signer");
    }

    function test_TheSameListAgainChangesNothing() public {
        bytes32 version = collateral.versionOf(0x00906ea10000, 0x0a0b);
        _upsert(CollateralWriter.pckCrl());
        assertEq(collateral.versionOf(0x00906ea10000, 0x0a0b), version, "version");
    }

    function test_EntriesWithOtherExtensionsOrNoneAreRead() public {
        CrlSpec memory list = _newer();
        bytes memory twice = bytes.concat(
            PckChain.extension(hex"551d15", false, hex"0a0101"),
            PckChain.extension(hex"551d18", false, hex"180f32303236303830313030303030305a")
        );
        list.entries = bytes.concat(CrlWriter.entry(1, ""), CrlWriter.entry(2, DerWriter.sequence(twice)));
        _upsert(list);
        assertEq(collateral.revocationListOf(1).serials.code.length, 41, "two serials");
    }

    function test_RevertIf_OlderThanTheKeptOne() public {
        CrlSpec memory list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time("260909235959Z");
        _expect(
            list,
            abi.encodeWithSelector(IDcapCollateral.RevocationListOlder.selector, 1_788_998_400, 1_788_998_399)
        );
    }

    function test_RevertIf_NotInForce() public {
        CrlSpec memory list = _newer();
        list.nextUpdate = CrlWriter.time("260912000000Z");
        _expectSelector(list, IssuerChecks.NotInForce.selector);
        list = _newer();
        list.thisUpdate = CrlWriter.time("261001000000Z");
        _expectSelector(list, IssuerChecks.NotInForce.selector);
    }

    function test_RevertIf_SignedOrNamedOtherwise() public {
        CrlSpec memory list = _newer();
        list.issuerKey = PckChain.ROOT_KEY;
        _expectSelector(list, IssuerChecks.IssuerSignatureInvalid.selector);
        list = _newer();
        list.issuer = PckChain.name(CollateralWriter.ROOT_CA);
        _expectSelector(list, IssuerChecks.IssuerWrong.selector);
    }

    function test_TheRootsListAgainChangesNothing() public {
        bytes32 version = collateral.versionOf(0x00906ea10000, 0x0a0b);
        collateral.upsertRootCrl(CrlWriter.sign(CollateralWriter.rootCrl()));
        assertEq(collateral.versionOf(0x00906ea10000, 0x0a0b), version, "version");
        CrlSpec memory newer = CollateralWriter.rootCrl();
        newer.thisUpdate = CrlWriter.time("260902000000Z");
        collateral.upsertRootCrl(CrlWriter.sign(newer));
        assertTrue(collateral.versionOf(0x00906ea10000, 0x0a0b) != version, "a newer one does");
    }

    function test_RevertIf_ThePckListComesAsTheRoots() public {
        bytes memory der = CrlWriter.sign(_newer());
        vm.expectRevert(
            abi.encodeWithSelector(
                IssuerChecks.IssuerWrong.selector,
                keccak256(PckChain.name(CollateralWriter.ROOT_CA)),
                keccak256(PckChain.name(CollateralWriter.PLATFORM_CA))
            )
        );
        collateral.upsertRootCrl(der);
    }

    function test_RevertIf_TheIssuerIsATcbSigner() public {
        CrlSpec memory list = _newer();
        list.issuerKey = CollateralWriter.TCB_SIGNER_KEY;
        bytes memory der = CrlWriter.sign(list);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDcapCollateral.AuthorityRoleWrong.selector,
                IDcapCollateral.Role.PckPlatformCa,
                IDcapCollateral.Role.TcbSigner
            )
        );
        collateral.upsertPckCrl(der, signerKeyHash());
    }

    function test_RevertIf_AnExtensionIsCritical() public {
        CrlSpec memory list = _newer();
        list.extensions = bytes.concat(
            list.extensions,
            PckChain.extension(hex"551d1b", true, hex"020101") // delta CRL indicator
        );
        _expectSelector(list, Crl.CrlExtensionCritical.selector);
        list = _newer();
        list.entries = CrlWriter.entry(
            1,
            DerWriter.sequence(PckChain.extension(hex"551d1d", true, hex"3000")) // indirect: certificate issuer
        );
        _expectSelector(list, Crl.CrlExtensionCritical.selector);
    }

    function test_RevertIf_TheProfileDiffers() public {
        CrlSpec memory list = _newer();
        list.version = hex"020100";
        _expectMalformed(list);
        list = _newer();
        list.innerAlgorithm = hex"300a06082a8648ce3d040303";
        _expectMalformed(list);
        list = _newer();
        list.outerAlgorithm = list.innerAlgorithm = hex"300a06082a8648ce3d040303";
        _expectMalformed(list);
        list = _newer();
        list.nextUpdate = "";
        _expectMalformed(list);
        list = _newer();
        list.entries = CrlWriter.entry(uint256(type(uint160).max) + 1);
        _expectMalformed(list);
        list = _newer();
        list.entries = bytes.concat(CrlWriter.entry(1), hex"3000");
        _expectMalformed(list);
        list = _newer();
        list.entries = CrlWriter.entry(1, hex"0500");
        _expectMalformed(list);
        list = _newer();
        list.entries = CrlWriter.entry(1, DerWriter.sequence(hex"3005060155040130"));
        _expectMalformed(list);
    }

    function testFuzz_EveryByteIsCovered(uint256 seed, uint8 mask) public {
        if (mask == 0) mask = 1;
        CrlSpec memory list = _newer();
        list.entries = bytes.concat(CrlWriter.entry(1), CrlWriter.entry(2));
        bytes memory der = CrlWriter.sign(list);
        der[bound(seed, 0, der.length - 1)] ^= bytes1(mask);
        (bool accepted, ) = address(collateral).call(
            abi.encodeCall(collateral.upsertPckCrl, (der, CollateralWriter.authorityKeyHash()))
        );
        assertTrue(!accepted, "a changed byte was accepted");
    }

    function _newer() private pure returns (CrlSpec memory list) {
        list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time("260911000000Z");
    }

    function _upsert(CrlSpec memory list) private {
        collateral.upsertPckCrl(CrlWriter.sign(list), CollateralWriter.authorityKeyHash());
    }

    function _expectMalformed(CrlSpec memory list) private {
        _expectSelector(list, Der.DerMalformed.selector);
    }

    function _expect(CrlSpec memory list, bytes memory revertData) private {
        bytes memory der = CrlWriter.sign(list);
        vm.expectRevert(revertData);
        collateral.upsertPckCrl(der, CollateralWriter.authorityKeyHash());
    }

    /// For errors that carry a position.
    function _expectSelector(CrlSpec memory list, bytes4 selector) private {
        (bool accepted, bytes memory revertData) = address(collateral).call(
            abi.encodeCall(
                collateral.upsertPckCrl,
                (CrlWriter.sign(list), CollateralWriter.authorityKeyHash())
            )
        );
        assertTrue(!accepted, "a bent list was accepted");
        assertEq(bytes4(revertData), selector, "error");
    }
}
