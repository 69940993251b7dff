// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks} from "../src/collateral/IssuerChecks.sol";
import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../src/interfaces/IEnclaveRegistry.sol";
import {Der} from "../src/libraries/Der.sol";
import {X509} from "../src/libraries/X509.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {CertificateSpec, PckChain} from "./builders/PckChain.sol";
import {DerWriter} from "./builders/DerWriter.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// Each test bends one thing of the PCK chain, signs it properly, and expects the refusal that names it.
contract RegisterPlatformTest is RegistryFixture {
    function test_StoresWhatThePckCertificateSays() public view {
        IEnclaveRegistry.PckKey memory key = pckKey();
        IEnclaveRegistry.PckRecord memory pck = registry.pckOf(keccak256(abi.encode(key)));
        assertEq(key.platformId, platformId, "platformId");
        assertEq(pck.tcbComponents, bytes16(0x0708090a0b0c0d0e0f10111213141516), "components");
        assertEq(pck.pceSvn, 0x0203, "pceSvn");
        assertEq(pck.pceId, bytes2(0x0a0b), "pceId");
        assertEq(pck.fmspc, bytes6(0x00906ea10000), "fmspc");
        assertEq(pck.notAfterUnixSec, 2_524_607_999, "notAfter");
        assertEq(registry.platformProviderOf(platformId), address(0), "nobody holds it yet");
    }

    function test_ReadsComponentsOnBothSidesOfTheSignByte() public {
        for (uint256 first = 112; first <= 240; first += 16) {
            CertificateSpec memory leaf = _freshLeaf(first);
            leaf.extensions = PckChain.leafExtensions(PckChain.sgx(PckChain.PPID, first, first));
            _register(leaf, PckChain.intermediate());
            (uint256 x, uint256 y) = vm.publicKeyP256(leaf.subjectKey);
            IEnclaveRegistry.PckRecord memory pck = registry.pckOf(keccak256(abi.encode(x, y, platformId)));
            uint256 expected;
            for (uint256 i = 0; i < 16; i++) expected = (expected << 8) | (first + i);
            assertEq(pck.tcbComponents, bytes16(uint128(expected)), "components");
            assertEq(pck.pceSvn, first, "pceSvn");
        }
    }

    function test_SameChainAgainChangesNothing() public {
        bytes32 again = _register(PckChain.leaf(), PckChain.intermediate());
        assertEq(again, platformId, "platformId");
    }

    function test_OlderCertificateOfTheKeyDoesNotShortenIt() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.validity = PckChain.validity("240101000000Z", "301231235959Z");
        _register(leaf, PckChain.intermediate());
        IEnclaveRegistry.PckKey memory key = pckKey();
        assertEq(registry.pckOf(keccak256(abi.encode(key))).notAfterUnixSec, 2_524_607_999, "notAfter");
    }

    function test_IntermediateThatEndsFirstBoundsTheRecord() public {
        CertificateSpec memory leaf = _freshLeaf(1);
        CertificateSpec memory intermediate = PckChain.intermediate();
        intermediate.validity = PckChain.validity("240101000000Z", "301231235959Z");
        intermediate.subjectKey = leaf.issuerKey = uint256(keccak256("another key of the CA"));
        _register(leaf, intermediate);
        (uint256 x, uint256 y) = vm.publicKeyP256(leaf.subjectKey);
        assertEq(
            registry.pckOf(keccak256(abi.encode(x, y, platformId))).notAfterUnixSec,
            1_924_991_999,
            "notAfter"
        );
    }

    function test_GeneralizedTimeIsReadFrom2050On() public {
        CertificateSpec memory leaf = _freshLeaf(1);
        CertificateSpec memory intermediate = PckChain.intermediate();
        bytes memory notAfter = DerWriter.tlv(0x18, "20640229120000Z");
        leaf.validity = bytes.concat(DerWriter.tlv(0x17, "240101000000Z"), notAfter);
        intermediate.validity = leaf.validity;
        _register(leaf, intermediate);
        (uint256 x, uint256 y) = vm.publicKeyP256(leaf.subjectKey);
        assertEq(
            registry.pckOf(keccak256(abi.encode(x, y, platformId))).notAfterUnixSec,
            2_971_512_000,
            "notAfter"
        );
    }

    function test_RevertIf_LeafIsNotSignedByTheIntermediate() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.issuerKey = uint256(keccak256("another CA"));
        _expect(
            leaf,
            abi.encodeWithSelector(IssuerChecks.IssuerSignatureInvalid.selector, keccak256(leaf.issuer))
        );
    }

    function test_RevertIf_LeafNamesAnotherIssuer() public {
        CertificateSpec memory leaf = PckChain.leaf();
        bytes32 caName = keccak256(leaf.issuer);
        leaf.issuer = PckChain.name("Another Platform CA");
        _expect(
            leaf,
            abi.encodeWithSelector(IssuerChecks.IssuerWrong.selector, caName, keccak256(leaf.issuer))
        );
    }

    function test_RevertIf_ACertificateIsNotInForce() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.validity = PckChain.validity("240101000000Z", "250101000000Z");
        _expectNotInForce(leaf, 1_704_067_200, 1_735_689_600);
        leaf.validity = PckChain.validity("300101000000Z", "310101000000Z");
        _expectNotInForce(leaf, 1_893_456_000, 1_924_992_000);
        leaf.validity = PckChain.validity("700101000000Z", "991231235959Z");
        _expectNotInForce(leaf, 0, 946_684_799);
    }

    function test_RevertIf_LeafIsAnAuthorityOrNoPck() public {
        bytes memory sgx = PckChain.extension(
            hex"2a864886f84d010d01",
            false,
            PckChain.sgx(PckChain.PPID, 1, 1)
        );
        bytes[3] memory extensions = [
            bytes.concat(PckChain.extension(hex"551d13", true, hex"30030101ff"), sgx),
            bytes.concat(PckChain.extension(hex"551d0f", true, hex"03020106"), sgx),
            PckChain.extension(hex"551d0f", true, hex"030206c0")
        ];
        for (uint256 i = 0; i < 3; i++) {
            CertificateSpec memory leaf = PckChain.leaf();
            leaf.extensions = extensions[i];
            _expect(leaf, abi.encodeWithSelector(IEnclaveRegistry.CertificateNotPck.selector));
        }
    }

    function test_RevertIf_SgxExtensionComesTwice() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.extensions = bytes.concat(
            leaf.extensions,
            PckChain.extension(hex"2a864886f84d010d01", false, PckChain.sgx(PckChain.PPID, 200, 1))
        );
        _expectSelector(leaf, X509.CertificateExtensionRepeated.selector);
    }

    function test_RevertIf_ACriticalExtensionIsUnknown() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.extensions = bytes.concat(leaf.extensions, PckChain.extension(hex"551d1e", true, hex"3000"));
        _expectSelector(leaf, X509.CertificateExtensionUnknown.selector);
    }

    function test_UnknownExtensionThatIsNotCriticalIsIgnored() public {
        CertificateSpec memory leaf = _freshLeaf(1);
        leaf.extensions = bytes.concat(leaf.extensions, PckChain.extension(hex"551d1e", false, hex"3000"));
        _register(leaf, PckChain.intermediate());
    }

    function test_RevertIf_CertificateProfileDiffers() public {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.version = hex"a003020101";
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf = PckChain.leaf();
        leaf.innerAlgorithm = hex"300a06082a8648ce3d040303"; // ecdsa-with-SHA384
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf = PckChain.leaf();
        leaf.outerAlgorithm = hex"300a06082a8648ce3d040303";
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf = PckChain.leaf();
        leaf.keyPrefix = hex"3059301306072a8648ce3d020106082a8648ce3d03010803420004";
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf = PckChain.leaf();
        leaf.serial = hex"0201ff"; // negative
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf.serial = hex"02020001"; // not the shortest form
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf.serial = hex"0200";
        _expectSelector(leaf, Der.DerMalformed.selector);
        leaf.serial = DerWriter.integer(1 << 160); // longer than 20 octets
        _expectSelector(leaf, Der.DerMalformed.selector);
    }

    function test_RevertIf_SgxExtensionDiffersFromIntelsProfile() public {
        bytes memory ppid = DerWriter.octets(abi.encodePacked(PckChain.PPID));
        bytes memory tcb = DerWriter.sequence(PckChain.tcb(1, 1));
        bytes memory pceId = PckChain.field(3, DerWriter.octets(hex"0000"));
        bytes memory fmspc = PckChain.field(4, DerWriter.octets(hex"00906ea10000"));
        bytes memory good = bytes.concat(PckChain.field(1, ppid), PckChain.field(2, tcb));
        _expectSgxRefused(bytes.concat(PckChain.field(2, tcb), PckChain.field(1, ppid), pceId, fmspc)); // order
        _expectSgxRefused(bytes.concat(good, pceId)); // FMSPC missing
        _expectSgxRefused(bytes.concat(good, PckChain.field(3, DerWriter.octets(hex"00")), fmspc));
        _expectSgxRefused(bytes.concat(good, pceId, PckChain.field(4, DerWriter.octets(hex"00906ea100"))));
        _expectSgxRefused(bytes.concat(good, pceId, fmspc, PckChain.field(6, hex"0a0101"))); // .5 skipped
        _expectSgxRefused(
            bytes.concat(
                PckChain.field(1, DerWriter.octets(new bytes(15))),
                PckChain.field(2, tcb),
                pceId,
                fmspc
            )
        );
    }

    function test_RevertIf_ATcbComponentIsNotOneStrictByte() public {
        bytes[5] memory wrong = [
            bytes(hex"02020100"), // 256
            bytes(hex"02020001"), // 1, not the shortest form
            bytes(hex"0201ff"), // −1
            bytes(hex"040101"), // OCTET STRING
            bytes(hex"0202007f") // 127, not the shortest form
        ];
        for (uint256 i = 0; i < 5; i++) {
            bytes memory entries = PckChain.tcbField(1, wrong[i]);
            for (uint8 arc = 2; arc <= 17; arc++) {
                entries = bytes.concat(entries, PckChain.tcbField(arc, DerWriter.integer(1)));
            }
            _expectTcbRefused(bytes.concat(entries, PckChain.tcbField(18, DerWriter.octets(new bytes(16)))));
        }
    }

    function test_RevertIf_TcbIsIncompleteOrTooLong() public {
        bytes memory tcb = PckChain.tcb(1, 1);
        _expectTcbRefused(bytes.concat(tcb, PckChain.tcbField(19, DerWriter.integer(1))));
        bytes memory entries;
        for (uint8 arc = 1; arc <= 17; arc++) {
            entries = bytes.concat(entries, PckChain.tcbField(arc, DerWriter.integer(1)));
        }
        _expectTcbRefused(entries);
        _expectTcbRefused(bytes.concat(entries, PckChain.tcbField(18, DerWriter.octets(new bytes(15)))));
        _expectTcbRefused(PckChain.tcb(1, 65_536));
    }

    function test_RevertIf_BytesFollowTheCertificate() public {
        bytes memory leaf = bytes.concat(PckChain.sign(PckChain.leaf()), hex"00");
        vm.expectRevert();
        registry.registerPlatform(leaf, CollateralWriter.authorityKeyHash());
    }

    function test_RevertIf_TheCaIsUnknownRevokedOverOrNoPckCa() public {
        bytes memory leaf = PckChain.sign(PckChain.leaf());
        vm.expectRevert(
            abi.encodeWithSelector(IDcapCollateral.AuthorityUnknown.selector, bytes32(uint256(1)))
        );
        registry.registerPlatform(leaf, bytes32(uint256(1)));
        vm.expectRevert(
            abi.encodeWithSelector(
                IDcapCollateral.AuthorityRoleWrong.selector,
                IDcapCollateral.Role.PckPlatformCa,
                IDcapCollateral.Role.TcbSigner
            )
        );
        registry.registerPlatform(leaf, signerKeyHash());
        CrlSpec memory rootCrl = CollateralWriter.rootCrl();
        rootCrl.thisUpdate = CrlWriter.time("260902000000Z");
        rootCrl.entries = CrlWriter.entry(PckChain.SERIAL);
        collateral.upsertRootCrl(CrlWriter.sign(rootCrl));
        vm.expectRevert(abi.encodeWithSelector(IDcapCollateral.AuthorityRevoked.selector, 1));
        registry.registerPlatform(leaf, CollateralWriter.authorityKeyHash());
        rootCrl.thisUpdate = CrlWriter.time("260903000000Z");
        rootCrl.entries = "";
        collateral.upsertRootCrl(CrlWriter.sign(rootCrl));
        vm.warp(2_524_608_000);
        vm.expectRevert(
            abi.encodeWithSelector(IssuerChecks.NotInForce.selector, 0, 2_524_607_999, 2_524_608_000)
        );
        registry.registerPlatform(leaf, CollateralWriter.authorityKeyHash());
    }

    function test_RevertIf_TheCollateralIsAnotherVendors() public {
        IDcapCollateral other = IDcapCollateral(deploy("IntelDcapCollateral", ""));
        try this.deployOver(other) {
            revert("a registry took another vendor's collateral");
        } catch (bytes memory revertData) {
            assertEq(bytes4(revertData), IEnclaveRegistry.CollateralOfOtherVendor.selector, "error");
        }
    }

    function deployOver(IDcapCollateral other) external {
        deploy("SimulatedEnclaveRegistry", abi.encode(other, snpVerifier, address(this)));
    }

    /// Any single changed byte is refused. (Changing it to a high-s twin takes more than one byte.)
    function testFuzz_EveryByteIsCovered(uint256 seed, uint8 mask) public {
        if (mask == 0) mask = 1;
        bytes memory leaf = PckChain.sign(_freshLeaf(1));
        leaf[bound(seed, 0, leaf.length - 1)] ^= bytes1(mask);
        (bool accepted, ) = address(registry).call(
            abi.encodeCall(registry.registerPlatform, (leaf, CollateralWriter.authorityKeyHash()))
        );
        assertTrue(!accepted, "a changed byte was accepted");
    }

    function testFuzz_GarbageIsRefused(bytes calldata leaf) public {
        (bool accepted, ) = address(registry).call(
            abi.encodeCall(registry.registerPlatform, (leaf, CollateralWriter.authorityKeyHash()))
        );
        assertTrue(!accepted, "garbage was accepted");
    }

    /// A key that is not registered yet.
    function _freshLeaf(uint256 salt) private pure returns (CertificateSpec memory leaf) {
        leaf = PckChain.leaf();
        leaf.subjectKey = uint256(keccak256(abi.encode("fresh PCK", salt)));
    }

    function _register(
        CertificateSpec memory leaf,
        CertificateSpec memory intermediate
    ) private returns (bytes32) {
        bytes32 keyHash = collateral.upsertAuthority(PckChain.sign(intermediate));
        return registry.registerPlatform(PckChain.sign(leaf), keyHash);
    }

    function _expectNotInForce(CertificateSpec memory leaf, uint64 notBefore, uint64 notAfter) private {
        _expect(leaf, abi.encodeWithSelector(IssuerChecks.NotInForce.selector, notBefore, notAfter, NOW));
    }

    function _expectSgxRefused(bytes memory fields) private {
        CertificateSpec memory leaf = PckChain.leaf();
        leaf.extensions = PckChain.leafExtensions(DerWriter.sequence(fields));
        _expectSelector(leaf, Der.DerMalformed.selector);
    }

    function _expectTcbRefused(bytes memory entries) private {
        _expectSgxRefused(
            bytes.concat(
                PckChain.field(1, DerWriter.octets(abi.encodePacked(PckChain.PPID))),
                PckChain.field(2, DerWriter.sequence(entries)),
                PckChain.field(3, DerWriter.octets(hex"0000")),
                PckChain.field(4, DerWriter.octets(hex"00906ea10000"))
            )
        );
    }

    function _expect(CertificateSpec memory leaf, bytes memory revertData) private {
        bytes memory leafDer = PckChain.sign(leaf);
        vm.expectRevert(revertData);
        registry.registerPlatform(leafDer, CollateralWriter.authorityKeyHash());
    }

    /// For errors that carry a position.
    function _expectSelector(CertificateSpec memory leaf, bytes4 selector) private {
        (bool accepted, bytes memory revertData) = address(registry).call(
            abi.encodeCall(
                registry.registerPlatform,
                (PckChain.sign(leaf), CollateralWriter.authorityKeyHash())
            )
        );
        assertTrue(!accepted, "a bent certificate was accepted");
        assertEq(bytes4(revertData), selector, "error");
    }
}
