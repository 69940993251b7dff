// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {Packed} from "./Packed.sol";
import {TdxTcbInfo} from "./TdxTcbInfo.sol";
import {TcbStatus, TcbStatuses} from "./TcbStatus.sol";

/// Holds a platform and a TD report against kept TCB info (Intel QVL 2024-03, TcbLevelCheck and TDRelaunchCheck).
library TdxAppraisal {
    uint256 private constant EVERY_OTHER_BYTE =
        0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant LANE_MARKS = 0x0100010001000100010001000100010001000100010001000100010001000100;
    uint256 private constant SGX_LANES = LANE_MARKS & ~uint256(type(uint128).max);
    /// TDX components 0 and 1 are the module's once it has a version of its own.
    uint256 private constant WITHOUT_MODULE_SVN = ~(uint256(0xffff) << 112);
    uint256 private constant SIGNER_AND_ATTRIBUTES = 64; // MRSIGNERSEAM 48, SEAMATTRIBUTES 8
    uint256 internal constant TD_REPORT_10 = 584;

    /// Standing of the module that the report names; zero when it has no version of its own.
    function moduleStanding(uint256 start, bytes calldata tdReport) internal pure returns (uint256) {
        uint8 svn = uint8(tdReport[0]);
        uint8 version = uint8(tdReport[1]);
        uint256 place = version == 0 ? 0 : _findModule(start, version);
        uint256 expected = Packed.get(version == 0 ? start + 17 : place + 2, 32);
        uint256 got = uint256(keccak256(tdReport[SIGNER_AND_ATTRIBUTES:SIGNER_AND_ATTRIBUTES + 56]));
        require(got == expected, IDcapCollateral.TdxModuleNotIdentified(version));
        if (version == 0) return 0;
        unchecked {
            uint256 levels = place + TdxTcbInfo.MODULE_HEAD_BYTES;
            uint256 end = levels + Packed.get(place + 1, 1) * TdxTcbInfo.MODULE_LEVEL_BYTES;
            for (; levels < end; levels += TdxTcbInfo.MODULE_LEVEL_BYTES) {
                if (Packed.get(levels, 1) <= svn) return Packed.get(levels + 1, 26);
            }
        }
        revert IDcapCollateral.TdxModuleSvnNotSupported(version, svn);
    }

    /// Standing of the highest level that platform and report reach, and status of the highest one that the platform reaches
    /// in its SGX components alone.
    function platformStanding(
        uint256 start,
        uint256 end,
        IDcapCollateral.Platform calldata platform,
        bytes calldata tdReport
    ) internal pure returns (uint256 standing, TcbStatus sgxStatus) {
        unchecked {
            bytes16 teeTcbSvn = bytes16(tdReport[0:16]);
            uint256 considered = tdReport[1] == 0 ? type(uint256).max : WITHOUT_MODULE_SVN;
            uint256 svns = (uint256(uint128(platform.tcbComponents)) << 128) | uint128(teeTcbSvn);
            uint256 odd = (svns & EVERY_OTHER_BYTE) | LANE_MARKS;
            uint256 even = ((svns >> 8) & EVERY_OTHER_BYTE) | LANE_MARKS;
            for (uint256 place = _levels(start); place < end; place += TdxTcbInfo.LEVEL_BYTES) {
                if (platform.pceSvn < Packed.get(place + 32, 2)) continue;
                // 32 comparisons in two subtractions: a lane's mark survives where its byte reaches the level's.
                uint256 level = Packed.get(place, 32) & considered;
                uint256 reached =
                    (odd - (level & EVERY_OTHER_BYTE)) & (even - ((level >> 8) & EVERY_OTHER_BYTE));
                if (reached & SGX_LANES != SGX_LANES) continue;
                standing = Packed.get(place + 34, 26);
                if (sgxStatus == TcbStatus.None) sgxStatus = TcbStatus(standing >> 200);
                if (reached & LANE_MARKS == LANE_MARKS) return (standing, sgxStatus);
            }
            revert IDcapCollateral.TcbNotSupported(platform.tcbComponents, platform.pceSvn, teeTcbSvn);
        }
    }

    /// A TD started under an older module on a platform that is current by now (TEE_TCB_SVN_2, TD report 1.5) need only be
    /// launched again: the status that says so, in place of out of date.
    function advisesRelaunch(
        uint256 start,
        bytes calldata tdReport,
        TcbStatus status,
        TcbStatus sgxStatus,
        TcbStatus moduleStatus,
        TcbStatus qeStatus
    ) internal pure returns (TcbStatus) {
        bool isCandidate =
            tdReport.length != TD_REPORT_10 &&
                qeStatus == TcbStatus.UpToDate &&
                TcbStatuses.isCurrent(sgxStatus) &&
                moduleStatus == TcbStatus.OutOfDate &&
                (status == TcbStatus.OutOfDate || status == TcbStatus.OutOfDateConfigurationNeeded);
        if (!isCandidate || !_reachesLatest(start, tdReport)) return status;
        return
            status == TcbStatus.OutOfDateConfigurationNeeded || TcbStatuses.needsConfiguration(sgxStatus)
                ? TcbStatus.TDRelaunchAdvisedConfigurationNeeded
                : TcbStatus.TDRelaunchAdvised;
    }

    function _reachesLatest(uint256 start, bytes calldata tdReport) private pure returns (bool) {
        unchecked {
            uint8 version = uint8(tdReport[TD_REPORT_10 + 1]);
            uint256 latest = _levels(start);
            uint256 svn =
                version == 0
                    ? Packed.get(latest + 16, 1)
                    : Packed.get(_findModule(start, version) + TdxTcbInfo.MODULE_HEAD_BYTES, 1);
            return
                uint8(tdReport[TD_REPORT_10]) >= svn &&
                uint8(tdReport[TD_REPORT_10 + 2]) >= Packed.get(latest + 18, 1);
        }
    }

    function _findModule(uint256 start, uint8 version) private pure returns (uint256 place) {
        unchecked {
            place = start + TdxTcbInfo.MODULES;
            for (uint256 count = Packed.get(start + 16, 1); count != 0; count--) {
                if (Packed.get(place, 1) == version) return place;
                place +=
                    TdxTcbInfo.MODULE_HEAD_BYTES + Packed.get(place + 1, 1) * TdxTcbInfo.MODULE_LEVEL_BYTES;
            }
            revert IDcapCollateral.TdxModuleUnknown(version);
        }
    }

    /// Where the platform levels begin: after the last module.
    function _levels(uint256 start) private pure returns (uint256 place) {
        unchecked {
            place = start + TdxTcbInfo.MODULES;
            for (uint256 count = Packed.get(start + 16, 1); count != 0; count--)
                place +=
                    TdxTcbInfo.MODULE_HEAD_BYTES + Packed.get(place + 1, 1) * TdxTcbInfo.MODULE_LEVEL_BYTES;
        }
    }
}
