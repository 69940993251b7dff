// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "../Base.t.sol";
import {DerWriter} from "./DerWriter.sol";
import {PckChain} from "./PckChain.sol";

/// Everything a test may bend in a CRL before it is signed.
struct CrlSpec {
    bytes version;
    bytes innerAlgorithm;
    bytes issuer;
    bytes thisUpdate;
    bytes nextUpdate;
    bytes entries; // content of the SEQUENCE; left out when empty
    bytes extensions; // content of the SEQUENCE
    bytes outerAlgorithm;
    uint256 issuerKey;
}

library CrlWriter {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function spec(
        string memory issuer,
        uint256 issuerKey,
        string memory thisUpdate,
        string memory nextUpdate
    ) internal pure returns (CrlSpec memory list) {
        list.version = hex"020101";
        (list.innerAlgorithm, list.outerAlgorithm) = (PckChain.ECDSA_WITH_SHA256, PckChain.ECDSA_WITH_SHA256);
        list.issuer = PckChain.name(issuer);
        list.issuerKey = issuerKey;
        (list.thisUpdate, list.nextUpdate) = (time(thisUpdate), time(nextUpdate));
        list.extensions = PckChain.extension(hex"551d14", false, hex"020101");
    }

    function sign(CrlSpec memory list) internal pure returns (bytes memory) {
        bytes memory tbs = DerWriter.sequence(
            bytes.concat(
                list.version,
                list.innerAlgorithm,
                list.issuer,
                list.thisUpdate,
                list.nextUpdate,
                list.entries.length == 0 ? bytes("") : DerWriter.sequence(list.entries),
                DerWriter.tlv(0xa0, DerWriter.sequence(list.extensions))
            )
        );
        (bytes32 r, bytes32 s) = vm.signP256(list.issuerKey, sha256(tbs));
        return DerWriter.sequence(bytes.concat(tbs, list.outerAlgorithm, DerWriter.ecdsaSignature(r, s)));
    }

    /// As Intel's: serial, date, key compromise.
    function entry(uint256 serial) internal pure returns (bytes memory) {
        return entry(serial, DerWriter.sequence(PckChain.extension(hex"551d15", false, hex"0a0101")));
    }

    function entry(uint256 serial, bytes memory extensions) internal pure returns (bytes memory) {
        return DerWriter.sequence(bytes.concat(DerWriter.integer(serial), time("260801000000Z"), extensions));
    }

    function time(string memory utc) internal pure returns (bytes memory) {
        return DerWriter.tlv(bytes(utc).length == 13 ? 0x17 : 0x18, bytes(utc));
    }
}
