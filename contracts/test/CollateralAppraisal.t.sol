// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {TcbStatus} from "../src/libraries/TcbStatus.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {PckChain} from "./builders/PckChain.sol";
import {QuoteSpec, QuoteWriter} from "./builders/QuoteWriter.sol";
import {Text} from "./builders/Text.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// What the collateral says of a platform, and what a registration makes of it.
contract CollateralAppraisalTest is RegistryFixture {
    using Text for string;

    function test_ACurrentPlatformIsUpToDate() public view {
        IDcapCollateral.Appraisal memory appraisal = _appraise(_platform(), _spec());
        _assertStatus(appraisal.status, TcbStatus.UpToDate);
        _assertStatus(appraisal.platformStatus, TcbStatus.UpToDate);
        _assertStatus(appraisal.moduleStatus, TcbStatus.UpToDate);
        _assertStatus(appraisal.qeStatus, TcbStatus.UpToDate);
        assertEq(appraisal.expiresAtUnixSec, 1_790_812_800, "the TCB info ends first");
        assertEq(appraisal.tcbDateUnixSec, 1_770_768_000, "date of the level");
        assertEq(appraisal.tcbEvaluationNumber, 20, "TCB number");
        assertEq(appraisal.qeEvaluationNumber, 20, "QE number");
        assertEq(uint160(appraisal.platformAdvisories), 0, "no advisories");
    }

    function test_OneSvnBelowGivesTheOlderLevelWithItsAdvisories() public view {
        bytes20 advisories = bytes20(keccak256('["INTEL-SA-00001","INTEL-SA-00002"]'));
        for (uint256 i = 0; i < 16; i++) {
            IDcapCollateral.Platform memory platform = _platform();
            platform.tcbComponents = bytes16(uint128(platform.tcbComponents) - uint128(1 << (8 * i)));
            IDcapCollateral.Appraisal memory appraisal = _appraise(platform, _spec());
            _assertStatus(appraisal.status, TcbStatus.OutOfDate);
            assertEq(bytes32(appraisal.platformAdvisories), bytes32(advisories), "advisories");
        }
        IDcapCollateral.Platform memory lower = _platform();
        lower.pceSvn = 514;
        _assertStatus(_appraise(lower, _spec()).status, TcbStatus.OutOfDate);
        QuoteSpec memory spec = _spec();
        spec.report[2] = 0x03; // microcode
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
    }

    function test_TheOrderOfLevelsInTheFileDoesNotMatter() public {
        string memory newest = CollateralWriter.level(7, 515, "5,0,4", "UpToDate", "");
        string memory highest = CollateralWriter.level(7, 516, "5,0,4", "UpToDate", "");
        string memory lowest = CollateralWriter.level(5, 514, "3,0,3", "Revoked", "");
        string memory text = CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-02").swap(
            newest,
            string.concat(lowest, ",", newest, ",", highest)
        );
        upsertTcbInfo(
            text.swap('"isvsvn":11', '"isvsvn":0').swap('"isvsvn":6', '"isvsvn":11').swap(
                '"isvsvn":0',
                '"isvsvn":6'
            )
        );
        _assertStatus(_appraise(_platform(), _spec()).platformStatus, TcbStatus.UpToDate);
        _assertStatus(_appraise(_platform(), _spec()).moduleStatus, TcbStatus.OutOfDate);
    }

    function test_AmongLevelsThatDifferInTdxComponentsOnlyTheHigherOneCounts() public {
        string memory newest = CollateralWriter.level(7, 515, "5,0,4", "UpToDate", "");
        string memory older = CollateralWriter.level(7, 515, "4,0,4", "OutOfDate", "");
        upsertTcbInfo(
            CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-02").swap(
                newest,
                string.concat(older, ",", newest)
            )
        );
        _assertStatus(_appraise(_platform(), _spec()).platformStatus, TcbStatus.UpToDate);
    }

    function test_RevertIf_NoLevelIsReached() public {
        IDcapCollateral.Platform memory platform = _platform();
        platform.pceSvn = 513;
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(
                IDcapCollateral.TcbNotSupported.selector,
                platform.tcbComponents,
                513,
                bytes16(0x0b010400000000000000000000000000)
            )
        );
    }

    function test_TheModulesOwnSvnsCountInItsVersionOnly() public {
        QuoteSpec memory spec = _spec();
        spec.report[0] = 0x06; // an older module on a current platform
        _assertStatus(_appraise(_platform(), spec).moduleStatus, TcbStatus.OutOfDate);
        _assertStatus(_appraise(_platform(), spec).platformStatus, TcbStatus.UpToDate);
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
        spec.report[0] = 0x05;
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.TdxModuleSvnNotSupported.selector, 1, 5)
        );
        spec.report[1] = 0x02;
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.TdxModuleUnknown.selector, 2)
        );
    }

    function test_AModuleWithoutVersionIsCoveredByThePlatformLevel() public view {
        QuoteSpec memory spec = _spec();
        (spec.report[0], spec.report[1]) = (0x05, 0x00);
        IDcapCollateral.Appraisal memory appraisal = _appraise(_platform(), spec);
        _assertStatus(appraisal.moduleStatus, TcbStatus.None);
        _assertStatus(appraisal.status, TcbStatus.UpToDate);
        spec.report[0] = 0x04; // component 0 counts now
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
    }

    function test_RevertIf_TheModuleIsSignedOtherwise() public {
        for (uint256 version = 0; version < 2; version++) {
            QuoteSpec memory spec = _spec();
            spec.report[1] = bytes1(uint8(version));
            spec.report[64 + 47] = 0x01; // last byte of MRSIGNERSEAM
            _expectAppraisal(
                _platform(),
                spec,
                abi.encodeWithSelector(IDcapCollateral.TdxModuleNotIdentified.selector, version)
            );
        }
    }

    function test_RevertIf_TheQuotingEnclaveIsAnother() public {
        _expectQe(19, "MISCSELECT", 0, 1);
        _expectQe(48, "ATTRIBUTES", 0x11 << 120, 0x10 << 120);
        _expectQe(
            159,
            "MRSIGNER",
            0xdc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c5,
            0xdc9e2a7c6f948f17474e34a7fc43ed030f7c1563f1babddf6340c82e0e54a8c4
        );
        _expectQe(257, "ISVPRODID", 2, 258);
    }

    function test_AnOlderQuotingEnclaveMakesThePlatformOutOfDate() public {
        QuoteSpec memory spec = _spec();
        spec.qeReport[258] = 0x05;
        IDcapCollateral.Appraisal memory appraisal = _appraise(_platform(), spec);
        _assertStatus(appraisal.qeStatus, TcbStatus.OutOfDate);
        _assertStatus(appraisal.status, TcbStatus.OutOfDate);
        spec.qeReport[258] = 0x03;
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.QeSvnNotSupported.selector, 3)
        );
    }

    function test_RevokedAnywhereIsRevoked() public {
        upsertQeIdentity(
            CollateralWriter.qeIdentity().swap("2026-09-02", "2026-09-03").swap("UpToDate", "Revoked")
        );
        _assertStatus(_appraise(_platform(), _spec()).status, TcbStatus.Revoked);
        setUp();
        // The first status in the document is the module's, the second that of the newest level.
        string memory text = CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-02");
        upsertTcbInfo(text.swap("UpToDate", "Revoked"));
        _assertStatus(_appraise(_platform(), _spec()).status, TcbStatus.Revoked);
        setUp();
        string memory newest = CollateralWriter.level(7, 515, "5,0,4", "UpToDate", "");
        upsertTcbInfo(text.swap(newest, newest.swap("UpToDate", "Revoked")));
        _assertStatus(_appraise(_platform(), _spec()).status, TcbStatus.Revoked);
    }

    function test_ATdOfAnOlderModuleNeedOnlyBeLaunchedAgain() public view {
        QuoteSpec memory spec = _spec();
        QuoteWriter.asVersion5(spec, true);
        spec.report[0] = 0x06;
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
        (spec.report[584], spec.report[585], spec.report[586]) = (0x0b, 0x01, 0x04);
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.TDRelaunchAdvised);
        spec.report[586] = 0x03; // the platform's microcode is not current even now
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
        (spec.report[584], spec.report[585], spec.report[586]) = (0x05, 0x00, 0x04);
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.TDRelaunchAdvised);
        spec.qeReport[258] = 0x05; // and not while the quoting enclave is behind
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDate);
    }

    function test_RelaunchAndConfigurationAreSaidTogether() public {
        upsertTcbInfo(
            CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-02").swap(
                CollateralWriter.level(7, 515, "5,0,4", "UpToDate", ""),
                CollateralWriter.level(7, 515, "5,0,4", "ConfigurationNeeded", "")
            )
        );
        QuoteSpec memory spec = _spec();
        QuoteWriter.asVersion5(spec, true);
        spec.report[0] = 0x06;
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.OutOfDateConfigurationNeeded);
        (spec.report[584], spec.report[585], spec.report[586]) = (0x0b, 0x01, 0x04);
        _assertStatus(_appraise(_platform(), spec).status, TcbStatus.TDRelaunchAdvisedConfigurationNeeded);
    }

    function test_RevertIf_TheRootsListIsOver() public {
        vm.warp(1_819_756_801);
        _expectAppraisal(
            _platform(),
            _spec(),
            abi.encodeWithSelector(IDcapCollateral.RootCrlNotInForce.selector, 1_819_756_800, 1_819_756_801)
        );
    }

    function test_RevertIf_ThePckListIsOverOrAbsent() public {
        vm.warp(1_791_590_401);
        _expectAppraisal(
            _platform(),
            _spec(),
            abi.encodeWithSelector(IDcapCollateral.PckCrlNotInForce.selector, 1, 1_791_590_400, 1_791_590_401)
        );
        IDcapCollateral.Platform memory platform = _platform();
        platform.authorityIndex = 0;
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(IDcapCollateral.PckCrlNotInForce.selector, 0, 1_819_756_800, 1_791_590_401)
        );
    }

    function test_RevertIf_TheTcbInfoIsOverOrAbsent() public {
        upsertQeIdentity(
            CollateralWriter.qeIdentity().swap("2026-09-02", "2026-09-03").swap("2026-10-02", "2026-12-02")
        );
        IDcapCollateral.Platform memory platform = _platform();
        platform.pceId = 0;
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(
                IDcapCollateral.TcbInfoNotInForce.selector,
                platform.fmspc,
                platform.pceId,
                0,
                NOW
            )
        );
        vm.warp(1_790_812_801);
        platform = _platform();
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(
                IDcapCollateral.TcbInfoNotInForce.selector,
                platform.fmspc,
                platform.pceId,
                1_790_812_800,
                1_790_812_801
            )
        );
    }

    function test_RevertIf_TheQeIdentityIsOver() public {
        vm.warp(1_790_899_201);
        _expectAppraisal(
            _platform(),
            _spec(),
            abi.encodeWithSelector(
                IDcapCollateral.QeIdentityNotInForce.selector,
                1_790_899_200,
                1_790_899_201
            )
        );
    }

    function test_RevertIf_NothingIsThereYet() public {
        IDcapCollateral empty = IDcapCollateral(deploy("SimulatedDcapCollateral", ""));
        bytes memory report = _spec().report;
        bytes memory qeReport = _spec().qeReport;
        vm.expectRevert(abi.encodeWithSelector(IDcapCollateral.RootCrlNotInForce.selector, 0, NOW));
        empty.appraise(_platform(), report, qeReport);
        empty.upsertRootCrl(CrlWriter.sign(CollateralWriter.rootCrl()));
        vm.expectRevert(abi.encodeWithSelector(IDcapCollateral.PckCrlNotInForce.selector, 1, 0, NOW));
        empty.appraise(_platform(), report, qeReport);
        empty.upsertAuthority(PckChain.sign(PckChain.intermediate()));
        empty.upsertPckCrl(CrlWriter.sign(CollateralWriter.pckCrl()), CollateralWriter.authorityKeyHash());
        vm.expectRevert(abi.encodeWithSelector(IDcapCollateral.QeIdentityNotInForce.selector, 0, NOW));
        empty.appraise(_platform(), report, qeReport);
    }

    function test_RevertIf_ThePckOrAnyAuthorityIsRevoked() public {
        IDcapCollateral.Platform memory platform = _platform();
        platform.serial = 77;
        CrlSpec memory list = CollateralWriter.pckCrl();
        list.thisUpdate = CrlWriter.time("260911000000Z");
        list.entries = bytes.concat(CrlWriter.entry(76), CrlWriter.entry(77));
        collateral.upsertPckCrl(CrlWriter.sign(list), CollateralWriter.authorityKeyHash());
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(IDcapCollateral.PckCertificateRevoked.selector, 77)
        );
        platform.serial = 78;
        _appraise(platform, _spec());
        list = CollateralWriter.rootCrl();
        list.thisUpdate = CrlWriter.time("260902000000Z");
        list.entries = CrlWriter.entry(PckChain.SERIAL);
        collateral.upsertRootCrl(CrlWriter.sign(list));
        _expectAppraisal(
            platform,
            _spec(),
            abi.encodeWithSelector(IDcapCollateral.AuthorityRevoked.selector, 1)
        );
    }

    function test_RevertIf_AReportHasAnotherLength() public {
        QuoteSpec memory spec = _spec();
        spec.report = new bytes(585);
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.ReportLengthWrong.selector, 585)
        );
        spec = _spec();
        spec.qeReport = new bytes(383);
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.ReportLengthWrong.selector, 383)
        );
    }

    /// The lane-parallel comparison says what sixteen comparisons say.
    function testFuzz_ALevelIsReachedIfEveryComponentIs(bytes16 components, uint16 pceSvn) public view {
        IDcapCollateral.Platform memory platform = _platform();
        (platform.tcbComponents, platform.pceSvn) = (components, pceSvn);
        (bool upper, bool lower) = (pceSvn >= 515, pceSvn >= 514);
        for (uint256 i = 0; i < 16; i++) {
            upper = upper && uint8(components[i]) >= 7 + i;
            lower = lower && uint8(components[i]) >= 6 + i;
        }
        QuoteSpec memory spec = _spec();
        (bool reached, bytes memory answer) = address(collateral).staticcall(
            abi.encodeCall(collateral.appraise, (platform, spec.report, spec.qeReport))
        );
        assertTrue(reached == lower, "reached");
        if (reached) {
            TcbStatus status = abi.decode(answer, (IDcapCollateral.Appraisal)).status;
            _assertStatus(status, upper ? TcbStatus.UpToDate : TcbStatus.OutOfDate);
        }
    }

    function _platform() private pure returns (IDcapCollateral.Platform memory) {
        return
            IDcapCollateral.Platform({
                tcbComponents: 0x0708090a0b0c0d0e0f10111213141516,
                fmspc: 0x00906ea10000,
                pceId: 0x0a0b,
                pceSvn: 515,
                serial: 1,
                authorityIndex: 1
            });
    }

    function _spec() private pure returns (QuoteSpec memory) {
        return QuoteWriter.spec(0);
    }

    function _appraise(
        IDcapCollateral.Platform memory platform,
        QuoteSpec memory spec
    ) private view returns (IDcapCollateral.Appraisal memory) {
        return collateral.appraise(platform, spec.report, spec.qeReport);
    }

    function _expectAppraisal(
        IDcapCollateral.Platform memory platform,
        QuoteSpec memory spec,
        bytes memory revertData
    ) private {
        vm.expectRevert(revertData);
        collateral.appraise(platform, spec.report, spec.qeReport);
    }

    /// Flips the lowest bit of one byte of the QE report.
    function _expectQe(uint256 offset, bytes32 field, uint256 expected, uint256 got) private {
        QuoteSpec memory spec = _spec();
        spec.qeReport[offset] ^= 0x01;
        _expectAppraisal(
            _platform(),
            spec,
            abi.encodeWithSelector(IDcapCollateral.QeNotIdentified.selector, field, expected, got)
        );
    }

    function _assertStatus(TcbStatus got, TcbStatus expected) private pure {
        assertEq(uint256(got), uint256(expected), "status");
    }
}
