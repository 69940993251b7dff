// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../../src/interfaces/IDcapCollateral.sol";
import {Vm} from "../Base.t.sol";
import {CertificateSpec, PckChain} from "./PckChain.sol";
import {CrlSpec, CrlWriter} from "./CrlWriter.sol";

/// Collateral of the platform that PckChain describes and of the quoting enclave that QuoteWriter writes, as Intel lays it out.
library CollateralWriter {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant TCB_SIGNER_KEY = uint256(keccak256("TCB signer"));
    string internal constant PLATFORM_CA = "Hearth Simulated SGX PCK Platform CA";
    string internal constant ROOT_CA = "Hearth Simulated SGX Root CA";
    string internal constant ZERO_SIGNER =
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
    string internal constant MODULE_IDENTITY =
        '"mrsigner":"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF"';

    function tcbSigner() internal pure returns (CertificateSpec memory spec) {
        spec = PckChain.intermediate();
        spec.subject = PckChain.name("Hearth Simulated SGX TCB Signing");
        spec.subjectKey = TCB_SIGNER_KEY;
        spec.extensions = bytes.concat(
            PckChain.extension(hex"551d0f", true, hex"030206c0"),
            PckChain.extension(hex"551d13", true, hex"3000")
        );
    }

    function rootCrl() internal pure returns (CrlSpec memory) {
        return CrlWriter.spec(ROOT_CA, PckChain.ROOT_KEY, "260901000000Z", "270901000000Z");
    }

    function pckCrl() internal pure returns (CrlSpec memory) {
        return CrlWriter.spec(PLATFORM_CA, PckChain.INTERMEDIATE_KEY, "260910000000Z", "261010000000Z");
    }

    function authorityKeyHash() internal pure returns (bytes32) {
        return keyHash(PckChain.INTERMEDIATE_KEY);
    }

    function keyHash(uint256 privateKey) internal pure returns (bytes32) {
        (uint256 x, uint256 y) = vm.publicKeyP256(privateKey);
        return keccak256(abi.encode(x, y));
    }

    /// Two levels: the fixture's platform exactly, and one below it in everything.
    function tcbInfo() internal pure returns (string memory) {
        return
            string.concat(
                '{"id":"TDX","version":3,"issueDate":"2026-09-01T00:00:00Z","nextUpdate":"2026-10-01T00:00:00Z",',
                '"fmspc":"00906EA10000","pceId":"0A0B","tcbType":0,"tcbEvaluationDataNumber":20,"tdxModule":{',
                MODULE_IDENTITY,
                '},"tdxModuleIdentities":[',
                moduleOf(
                    "TDX_01",
                    string.concat(moduleLevel("11", "UpToDate"), ",", moduleLevel("6", "OutOfDate"))
                ),
                "],",
                '"tcbLevels":[',
                level(7, 515, "5,0,4", "UpToDate", ""),
                ",",
                level(6, 514, "3,0,3", "OutOfDate", ',"advisoryIDs":["INTEL-SA-00001","INTEL-SA-00002"]'),
                "]}"
            );
    }

    function qeIdentity() internal pure returns (string memory) {
        return
            string.concat(
                '{"id":"TD_QE","version":2,"issueDate":"2026-09-02T00:00:00Z","nextUpdate":"2026-10-02T00:00:00Z",',
                '"tcbEvaluationDataNumber":20,"miscselect":"00000000","miscselectMask":"FFFFFFFF",',
                '"attributes":"11000000000000000000000000000000","attributesMask":"FBFFFFFFFFFFFFFF0000000000000000",',
                '"mrsigner":"DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5","isvprodid":2,',
                '"tcbLevels":[',
                moduleLevel("6", "UpToDate"),
                ",",
                moduleLevel("4", "OutOfDate"),
                "]}"
            );
    }

    function moduleOf(string memory id, string memory levels) internal pure returns (string memory) {
        return string.concat('{"id":"', id, '",', MODULE_IDENTITY, ',"tcbLevels":[', levels, "]}");
    }

    function moduleLevel(string memory svn, string memory status) internal pure returns (string memory) {
        return
            string.concat(
                '{"tcb":{"isvsvn":',
                svn,
                '},"tcbDate":"2025-05-14T00:00:00Z","tcbStatus":"',
                status,
                '"}'
            );
    }

    /// SGX component i is `firstSvn + i`; the TDX components begin with the given three.
    function level(
        uint256 firstSvn,
        uint256 pceSvn,
        string memory tdx,
        string memory status,
        string memory advisories
    ) internal pure returns (string memory) {
        string memory sgx;
        for (uint256 i = 0; i < 16; i++) {
            string memory names = i == 0 ? ',"category":"BIOS","type":"Early Microcode Update"' : "";
            if (i == 3) names = ',"category":"OS/VMM"';
            sgx = string.concat(sgx, i == 0 ? "" : ",", '{"svn":', decimal(firstSvn + i), names, "}");
        }
        return
            string.concat(
                '{"tcb":{"sgxtcbcomponents":[',
                sgx,
                '],"pcesvn":',
                decimal(pceSvn),
                ',"tdxtcbcomponents":[',
                _tdxComponents(bytes(tdx)),
                ']},"tcbDate":"2026-02-11T00:00:00Z","tcbStatus":"',
                status,
                '"',
                advisories,
                "}"
            );
    }

    function sign(
        string memory text,
        uint256 privateKey
    ) internal pure returns (bytes32[2] memory signature) {
        (signature[0], signature[1]) = vm.signP256(privateKey, sha256(bytes(text)));
    }

    function decimal(uint256 number) internal pure returns (string memory text) {
        do {
            text = string.concat(string(abi.encodePacked(uint8(0x30 + (number % 10)))), text);
            number /= 10;
        } while (number != 0);
    }

    /// "5,0,4" and thirteen zeros; each of the three is one digit.
    function _tdxComponents(bytes memory leading) private pure returns (string memory text) {
        for (uint256 i = 0; i < 16; i++) {
            string memory svn = i < 3 ? string(abi.encodePacked(leading[2 * i])) : "0";
            text = string.concat(text, i == 0 ? "" : ",", '{"svn":', svn, "}");
        }
    }
}
