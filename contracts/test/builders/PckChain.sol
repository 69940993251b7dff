// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Base.t.sol";
import {DerWriter} from "./DerWriter.sol";

/// Everything a test may bend in a certificate before it is signed.
struct CertificateSpec {
    bytes version;
    bytes serial;
    bytes issuer;
    bytes validity; // content of the SEQUENCE
    bytes subject;
    bytes keyPrefix;
    uint256 subjectKey; // P-256 private keys
    uint256 issuerKey;
    bytes extensions; // content of the SEQUENCE
    bytes innerAlgorithm;
    bytes outerAlgorithm;
}

/// A PCK chain under the public development root, with the structure of Intel's.
library PckChain {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// SHA-256("hearth simulated vendor root, worthless by design") mod n
    uint256 internal constant ROOT_KEY = 0x175c25e9cc518dfa4044920f7c3dc09698c4e70f512cba549e16d60f0a9c7661;
    uint256 internal constant INTERMEDIATE_KEY = uint256(keccak256("intermediate"));
    uint256 internal constant PCK_KEY = uint256(keccak256("pck"));
    uint256 internal constant SERIAL = 0x00c8e132366c545a92104c6c549e9c3fe357a32cae;
    bytes16 internal constant PPID = 0x000102030405060708090a0b0c0d0e0f;
    bytes internal constant ECDSA_WITH_SHA256 = hex"300a06082a8648ce3d040302";
    bytes internal constant P256_KEY_PREFIX = hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004";

    function intermediate() internal pure returns (CertificateSpec memory spec) {
        spec = _common();
        spec.issuer = name("Hearth Simulated SGX Root CA");
        spec.subject = name("Hearth Simulated SGX PCK Platform CA");
        (spec.subjectKey, spec.issuerKey) = (INTERMEDIATE_KEY, ROOT_KEY);
        spec.extensions = bytes.concat(
            extension(hex"551d0e", false, DerWriter.octets(hex"0102030405060708")),
            extension(hex"551d0f", true, hex"03020106"),
            extension(hex"551d13", true, hex"30060101ff020100")
        );
    }

    function leaf() internal pure returns (CertificateSpec memory spec) {
        spec = _common();
        spec.issuer = name("Hearth Simulated SGX PCK Platform CA");
        spec.subject = name("Hearth Simulated SGX PCK Certificate");
        (spec.subjectKey, spec.issuerKey) = (PCK_KEY, INTERMEDIATE_KEY);
        spec.extensions = leafExtensions(sgx(PPID, 7, 0x0203));
    }

    function leafExtensions(bytes memory sgxContent) internal pure returns (bytes memory) {
        return
            bytes.concat(
                extension(hex"551d0f", true, hex"030206c0"),
                extension(hex"551d13", true, hex"3000"),
                extension(hex"2a864886f84d010d01", false, sgxContent)
            );
    }

    function sign(CertificateSpec memory spec) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(spec.subjectKey);
        bytes memory tbs = DerWriter.sequence(
            bytes.concat(
                spec.version,
                spec.serial,
                spec.innerAlgorithm,
                spec.issuer,
                DerWriter.sequence(spec.validity),
                spec.subject,
                abi.encodePacked(spec.keyPrefix, x, y),
                DerWriter.tlv(0xa3, DerWriter.sequence(spec.extensions))
            )
        );
        (bytes32 r, bytes32 s) = vm.signP256(spec.issuerKey, sha256(tbs));
        return DerWriter.sequence(bytes.concat(tbs, spec.outerAlgorithm, DerWriter.ecdsaSignature(r, s)));
    }

    function name(string memory commonName) internal pure returns (bytes memory) {
        return
            DerWriter.sequence(
                bytes.concat(
                    DerWriter.attribute(3, 0x0c, commonName),
                    DerWriter.attribute(10, 0x0c, "Hearth development, worthless by design"),
                    DerWriter.attribute(7, 0x0c, "Nowhere"),
                    DerWriter.attribute(8, 0x0c, "XX"),
                    DerWriter.attribute(6, 0x13, "XX")
                )
            );
    }

    function validity(string memory notBefore, string memory notAfter) internal pure returns (bytes memory) {
        return bytes.concat(DerWriter.tlv(0x17, bytes(notBefore)), DerWriter.tlv(0x17, bytes(notAfter)));
    }

    function extension(
        bytes memory oid,
        bool critical,
        bytes memory content
    ) internal pure returns (bytes memory) {
        return
            DerWriter.sequence(
                bytes.concat(
                    DerWriter.tlv(0x06, oid),
                    critical ? bytes(hex"0101ff") : bytes(""),
                    DerWriter.octets(content)
                )
            );
    }

    /// Component i has SVN `firstSvn + i`; PCEID 0x0a0b, FMSPC 0x00906ea10000.
    function sgx(bytes16 ppid, uint256 firstSvn, uint256 pceSvn) internal pure returns (bytes memory) {
        return
            DerWriter.sequence(
                bytes.concat(
                    field(1, DerWriter.octets(abi.encodePacked(ppid))),
                    field(2, DerWriter.sequence(tcb(firstSvn, pceSvn))),
                    field(3, DerWriter.octets(hex"0a0b")),
                    field(4, DerWriter.octets(hex"00906ea10000")),
                    field(5, hex"0a0101"),
                    field(6, DerWriter.octets(abi.encodePacked(ppid)))
                )
            );
    }

    function field(uint8 arc, bytes memory content) internal pure returns (bytes memory) {
        return DerWriter.sequence(bytes.concat(hex"060a2a864886f84d010d01", bytes1(arc), content));
    }

    function tcb(uint256 firstSvn, uint256 pceSvn) internal pure returns (bytes memory entries) {
        for (uint8 i = 1; i <= 16; i++) {
            entries = bytes.concat(entries, tcbField(i, DerWriter.integer(firstSvn + i - 1)));
        }
        entries = bytes.concat(entries, tcbField(17, DerWriter.integer(pceSvn)));
        entries = bytes.concat(entries, tcbField(18, DerWriter.octets(new bytes(16))));
    }

    function tcbField(uint8 arc, bytes memory content) internal pure returns (bytes memory) {
        return DerWriter.sequence(bytes.concat(hex"060b2a864886f84d010d0102", bytes1(arc), content));
    }

    function _common() private pure returns (CertificateSpec memory spec) {
        spec.version = hex"a003020102";
        spec.serial = DerWriter.integer(SERIAL);
        spec.validity = validity("240101000000Z", "491231235959Z");
        spec.keyPrefix = P256_KEY_PREFIX;
        (spec.innerAlgorithm, spec.outerAlgorithm) = (ECDSA_WITH_SHA256, ECDSA_WITH_SHA256);
    }
}
