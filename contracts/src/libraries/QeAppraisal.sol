// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {Packed} from "./Packed.sol";
import {QeIdentity} from "./QeIdentity.sol";

/// Holds a QE report (SGX report, 384 bytes) against a kept QE identity.
library QeAppraisal {
    uint256 private constant MISC_SELECT = 16;
    uint256 private constant ATTRIBUTES = 48;
    uint256 private constant MR_SIGNER = 128;
    uint256 private constant ISV_PROD_ID = 256;
    uint256 private constant ISV_SVN = 258;

    /// Without this any enclave of the platform could act as the quoting enclave (CVE-2026-22696).
    function assertIdentified(uint256 start, bytes calldata report) internal pure {
        uint256 mask = Packed.get(start + QeIdentity.MISC_SELECT_MASK, 4);
        _assertField(
            "MISCSELECT",
            Packed.get(start + QeIdentity.MISC_SELECT, 4),
            uint32(bytes4(report[MISC_SELECT:])) & mask
        );
        mask = Packed.get(start + QeIdentity.ATTRIBUTES_MASK, 16);
        _assertField(
            "ATTRIBUTES",
            Packed.get(start + QeIdentity.ATTRIBUTES, 16),
            uint128(bytes16(report[ATTRIBUTES:])) & mask
        );
        _assertField(
            "MRSIGNER",
            Packed.get(start + QeIdentity.MR_SIGNER, 32),
            uint256(bytes32(report[MR_SIGNER:]))
        );
        _assertField(
            "ISVPRODID",
            Packed.get(start + QeIdentity.ISV_PROD_ID, 2),
            _littleEndian16(report, ISV_PROD_ID)
        );
    }

    /// Standing of the highest level that the report's ISVSVN reaches.
    function standing(uint256 start, uint256 end, bytes calldata report) internal pure returns (uint256) {
        unchecked {
            uint256 isvSvn = _littleEndian16(report, ISV_SVN);
            for (uint256 place = start + QeIdentity.LEVELS; place < end; place += QeIdentity.LEVEL_BYTES) {
                if (Packed.get(place, 2) <= isvSvn) return Packed.get(place + 2, 26);
            }
            revert IDcapCollateral.QeSvnNotSupported(uint16(isvSvn));
        }
    }

    function _assertField(bytes32 field, uint256 expected, uint256 got) private pure {
        require(got == expected, IDcapCollateral.QeNotIdentified(field, bytes32(expected), bytes32(got)));
    }

    function _littleEndian16(bytes calldata report, uint256 offset) private pure returns (uint256) {
        return uint256(uint8(report[offset])) | (uint256(uint8(report[offset + 1])) << 8);
    }
}
