// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks} from "../src/collateral/IssuerChecks.sol";
import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {CertificateSpec, PckChain} from "./builders/PckChain.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// Certificates under the root: who is accepted, in which role, and how the root takes it back.
contract CollateralAuthoritiesTest is RegistryFixture {
    function test_EveryRoleIsKnownByItsKey() public {
        CertificateSpec memory processor = PckChain.intermediate();
        processor.subject = PckChain.name("Hearth Simulated SGX PCK Processor CA");
        processor.subjectKey = uint256(keccak256("processor CA"));
        bytes32 keyHash = collateral.upsertAuthority(PckChain.sign(processor));
        assertEq(keyHash, CollateralWriter.keyHash(processor.subjectKey), "key hash");
        _assertAuthority(CollateralWriter.authorityKeyHash(), IDcapCollateral.Role.PckPlatformCa, 1);
        _assertAuthority(signerKeyHash(), IDcapCollateral.Role.TcbSigner, 2);
        _assertAuthority(keyHash, IDcapCollateral.Role.PckProcessorCa, 3);
        (, bytes32 name) = collateral.pckAuthority(keyHash);
        assertEq(name, keccak256(processor.subject), "the processor CA's name");
        assertEq(collateral.authorityOf(keyHash).serial, PckChain.SERIAL, "serial");
        assertEq(collateral.authorityOf(keyHash).notAfterUnixSec, 2_524_607_999, "end");
    }

    function test_TheCertificateThatEndsLastIsKept() public {
        CertificateSpec memory ca = PckChain.intermediate();
        ca.validity = PckChain.validity("240101000000Z", "300101000000Z");
        collateral.upsertAuthority(PckChain.sign(ca));
        bytes32 keyHash = CollateralWriter.authorityKeyHash();
        assertEq(collateral.authorityOf(keyHash).notAfterUnixSec, 2_524_607_999, "not shortened");
    }

    function test_RevertIf_TheRootIsAForgers() public {
        CertificateSpec memory ca = PckChain.intermediate();
        ca.issuerKey = uint256(keccak256("forger's root"));
        _expect(
            ca,
            abi.encodeWithSelector(IssuerChecks.IssuerSignatureInvalid.selector, keccak256(ca.issuer))
        );
    }

    function test_RevertIf_AnotherIssuerIsNamed() public {
        CertificateSpec memory ca = PckChain.intermediate();
        bytes32 root = keccak256(ca.issuer);
        ca.issuer = PckChain.name("Another Root CA");
        _expect(ca, abi.encodeWithSelector(IssuerChecks.IssuerWrong.selector, root, keccak256(ca.issuer)));
    }

    function test_RevertIf_TheNameHasNoRole() public {
        CertificateSpec memory ca = PckChain.intermediate();
        ca.subject = PckChain.name("Hearth Simulated SGX PCK Certificate");
        _expect(
            ca,
            abi.encodeWithSelector(IDcapCollateral.AuthorityNameUnknown.selector, keccak256(ca.subject))
        );
    }

    function test_RevertIf_NotInForce() public {
        CertificateSpec memory ca = PckChain.intermediate();
        ca.validity = PckChain.validity("240101000000Z", "250101000000Z");
        _expect(
            ca,
            abi.encodeWithSelector(IssuerChecks.NotInForce.selector, 1_704_067_200, 1_735_689_600, NOW)
        );
        ca.validity = PckChain.validity("300101000000Z", "310101000000Z");
        _expect(
            ca,
            abi.encodeWithSelector(IssuerChecks.NotInForce.selector, 1_893_456_000, 1_924_992_000, NOW)
        );
    }

    function test_RevertIf_ACaMayNotSignCertificatesAndLists() public {
        bytes memory isCa = PckChain.extension(hex"551d13", true, hex"30060101ff020100");
        bytes[4] memory extensions = [
            PckChain.extension(hex"551d0f", true, hex"03020106"), // no CA
            bytes.concat(
                PckChain.extension(hex"551d0f", true, hex"03020106"),
                PckChain.extension(hex"551d13", true, hex"3000")
            ),
            bytes.concat(PckChain.extension(hex"551d0f", true, hex"03020204"), isCa), // no lists
            bytes.concat(PckChain.extension(hex"551d0f", true, hex"03020102"), isCa) // no certificates
        ];
        for (uint256 i = 0; i < 4; i++) {
            CertificateSpec memory ca = PckChain.intermediate();
            ca.extensions = extensions[i];
            _expectProfileWrong(ca, IDcapCollateral.Role.PckPlatformCa);
        }
    }

    function test_RevertIf_ATcbSignerIsACa() public {
        CertificateSpec memory signer = CollateralWriter.tcbSigner();
        signer.extensions = PckChain.intermediate().extensions;
        _expectProfileWrong(signer, IDcapCollateral.Role.TcbSigner);
        signer.extensions = PckChain.extension(hex"551d0f", true, hex"03020204");
        _expectProfileWrong(signer, IDcapCollateral.Role.TcbSigner);
    }

    function test_RevertIf_AKeyChangesItsRole() public {
        CertificateSpec memory signer = CollateralWriter.tcbSigner();
        signer.subjectKey = PckChain.INTERMEDIATE_KEY;
        _expect(
            signer,
            abi.encodeWithSelector(
                IDcapCollateral.AuthorityRoleWrong.selector,
                IDcapCollateral.Role.PckPlatformCa,
                IDcapCollateral.Role.TcbSigner
            )
        );
    }

    function test_RevertIf_TheFiftySixthKeyComes() public {
        for (uint256 i = 2; i < 55; i++) collateral.upsertAuthority(PckChain.sign(_anotherSigner(i)));
        _expect(_anotherSigner(55), abi.encodeWithSelector(IDcapCollateral.AuthoritiesFull.selector, 55));
    }

    function test_TheRootsListRevokesAnAuthorityUntilItNoLongerNamesIt() public {
        CrlSpec memory list = CollateralWriter.rootCrl();
        list.thisUpdate = CrlWriter.time("260902000000Z");
        list.entries = bytes.concat(CrlWriter.entry(1), CrlWriter.entry(PckChain.SERIAL));
        collateral.upsertRootCrl(CrlWriter.sign(list));
        assertTrue(collateral.isAuthorityRevoked(CollateralWriter.authorityKeyHash()), "revoked");
        assertTrue(collateral.isAuthorityRevoked(signerKeyHash()), "the same serial");
        CertificateSpec memory renewed = PckChain.intermediate();
        renewed.serial = hex"020107";
        renewed.validity = bytes.concat(CrlWriter.time("240101000000Z"), CrlWriter.time("20500101000000Z"));
        collateral.upsertAuthority(PckChain.sign(renewed));
        assertTrue(!collateral.isAuthorityRevoked(CollateralWriter.authorityKeyHash()), "a new certificate");
        list.thisUpdate = CrlWriter.time("260903000000Z");
        list.entries = "";
        collateral.upsertRootCrl(CrlWriter.sign(list));
        assertTrue(!collateral.isAuthorityRevoked(signerKeyHash()), "no longer named");
    }

    function test_AnAuthorityThatComesAfterTheListIsRevokedToo() public {
        CrlSpec memory list = CollateralWriter.rootCrl();
        list.thisUpdate = CrlWriter.time("260902000000Z");
        list.entries = CrlWriter.entry(7);
        collateral.upsertRootCrl(CrlWriter.sign(list));
        CertificateSpec memory late = _anotherSigner(3);
        late.serial = hex"020107";
        bytes32 keyHash = collateral.upsertAuthority(PckChain.sign(late));
        assertTrue(collateral.isAuthorityRevoked(keyHash), "revoked");
    }

    function testFuzz_EveryByteIsCovered(uint256 seed, uint8 mask) public {
        if (mask == 0) mask = 1;
        bytes memory der = PckChain.sign(_anotherSigner(1));
        der[bound(seed, 0, der.length - 1)] ^= bytes1(mask);
        (bool accepted, ) = address(collateral).call(abi.encodeCall(collateral.upsertAuthority, (der)));
        assertTrue(!accepted, "a changed byte was accepted");
    }

    function _anotherSigner(uint256 salt) private pure returns (CertificateSpec memory signer) {
        signer = CollateralWriter.tcbSigner();
        signer.subjectKey = uint256(keccak256(abi.encode("another signer", salt)));
    }

    function _assertAuthority(bytes32 keyHash, IDcapCollateral.Role role, uint8 index) private view {
        IDcapCollateral.Authority memory authority = collateral.authorityOf(keyHash);
        assertEq(uint256(authority.role), uint256(role), "role");
        assertEq(authority.index, index, "index");
    }

    function _expectProfileWrong(CertificateSpec memory spec, IDcapCollateral.Role role) private {
        _expect(spec, abi.encodeWithSelector(IDcapCollateral.AuthorityProfileWrong.selector, role));
    }

    function _expect(CertificateSpec memory spec, bytes memory revertData) private {
        bytes memory der = PckChain.sign(spec);
        vm.expectRevert(revertData);
        collateral.upsertAuthority(der);
    }
}
