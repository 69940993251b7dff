// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks} from "../src/collateral/IssuerChecks.sol";
import {IDcapCollateral} from "../src/interfaces/IDcapCollateral.sol";
import {Json} from "../src/libraries/Json.sol";
import {TcbLevels} from "../src/libraries/TcbLevels.sol";
import {TdxTcbInfo} from "../src/libraries/TdxTcbInfo.sol";
import {CollateralWriter} from "./builders/CollateralWriter.sol";
import {CrlSpec, CrlWriter} from "./builders/CrlWriter.sol";
import {CertificateSpec, PckChain} from "./builders/PckChain.sol";
import {Text} from "./builders/Text.sol";
import {RegistryFixture} from "./RegistryFixture.t.sol";

/// TCB info and QE identity: each test bends one thing of a document, signs it properly, and expects the refusal that names it.
contract CollateralDocumentsTest is RegistryFixture {
    using Text for string;

    bytes6 private constant FMSPC = 0x00906ea10000;
    bytes2 private constant PCE_ID = 0x0a0b;

    function test_HeadsAreKept() public view {
        IDcapCollateral.DocumentHead memory head = collateral.tcbInfoOf(FMSPC, PCE_ID);
        assertEq(head.issueDateUnixSec, 1_788_220_800, "issue date");
        assertEq(head.expiresAtUnixSec, 1_790_812_800, "end");
        assertEq(head.evaluationNumber, 20, "number");
        assertEq(head.signerIndex, 2, "signer");
        assertEq(head.levelCount, 2, "levels");
        head = collateral.qeIdentityHead();
        assertEq(head.issueDateUnixSec, 1_788_307_200, "QE issue date");
        assertEq(head.expiresAtUnixSec, 1_790_899_200, "QE end");
        assertEq(head.levelCount, 2, "QE levels");
        assertEq(collateral.evaluationNumberFloor(), 20, "floor");
        assertEq(collateral.tcbInfoOf(FMSPC, 0).expiresAtUnixSec, 0, "of no other PCEID");
    }

    function test_TheSignersEndIsTheDocumentsIfItComesFirst() public {
        CertificateSpec memory signer = CollateralWriter.tcbSigner();
        signer.subjectKey = uint256(keccak256("short signer"));
        signer.validity = PckChain.validity("240101000000Z", "260925000000Z");
        bytes32 keyHash = collateral.upsertAuthority(PckChain.sign(signer));
        string memory text = _newerTcbInfo();
        collateral.upsertTcbInfo(bytes(text), CollateralWriter.sign(text, signer.subjectKey), keyHash);
        assertEq(collateral.tcbInfoOf(FMSPC, PCE_ID).expiresAtUnixSec, 1_790_294_400, "end");
    }

    function test_ALaterIssueDateReplaces() public {
        bytes32 version = collateral.versionOf(FMSPC, PCE_ID);
        upsertTcbInfo(_newerTcbInfo());
        assertEq(collateral.tcbInfoOf(FMSPC, PCE_ID).issueDateUnixSec, 1_788_307_200, "issue date");
        assertTrue(collateral.versionOf(FMSPC, PCE_ID) != version, "version");
        version = collateral.versionOf(FMSPC, PCE_ID);
        upsertQeIdentity(_newerQeIdentity());
        assertTrue(collateral.versionOf(FMSPC, PCE_ID) != version, "version, by the QE identity");
    }

    function test_AHigherNumberReplacesAndNeverFallsAgain() public {
        string memory early = CollateralWriter.tcbInfo().swap('DataNumber":20', 'DataNumber":21').swap(
            "2026-09-01",
            "2026-08-20"
        );
        upsertTcbInfo(early);
        assertEq(collateral.tcbInfoOf(FMSPC, PCE_ID).evaluationNumber, 21, "number");
        assertEq(collateral.evaluationNumberFloor(), 21, "floor");
        _expectTcbInfo(
            _newerTcbInfo(),
            abi.encodeWithSelector(
                IDcapCollateral.DocumentOlder.selector,
                21,
                1_787_184_000,
                20,
                1_788_307_200
            )
        );
    }

    function test_RevertIf_AnOlderIssueDateComesBack() public {
        upsertTcbInfo(_newerTcbInfo());
        _expectTcbInfo(
            CollateralWriter.tcbInfo(),
            abi.encodeWithSelector(
                IDcapCollateral.DocumentOlder.selector,
                20,
                1_788_307_200,
                20,
                1_788_220_800
            )
        );
    }

    function test_TheSameDocumentAgainChangesNothing() public {
        bytes32 version = collateral.versionOf(FMSPC, PCE_ID);
        upsertTcbInfo(CollateralWriter.tcbInfo());
        upsertQeIdentity(CollateralWriter.qeIdentity());
        assertEq(collateral.versionOf(FMSPC, PCE_ID), version, "version");
    }

    function test_RevertIf_SomebodyElseSigned() public {
        string memory text = _newerTcbInfo();
        bytes32[2] memory signature = CollateralWriter.sign(text, 0xbad);
        bytes32 signer = signerKeyHash();
        vm.expectRevert(abi.encodeWithSelector(IDcapCollateral.DocumentSignatureInvalid.selector, signer));
        collateral.upsertTcbInfo(bytes(text), signature, signer);
    }

    function test_RevertIf_APckCaSigned() public {
        string memory text = _newerQeIdentity();
        bytes32[2] memory signature = CollateralWriter.sign(text, PckChain.INTERMEDIATE_KEY);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDcapCollateral.AuthorityRoleWrong.selector,
                IDcapCollateral.Role.TcbSigner,
                IDcapCollateral.Role.PckPlatformCa
            )
        );
        collateral.upsertQeIdentity(bytes(text), signature, CollateralWriter.authorityKeyHash());
    }

    function test_RevertIf_TheSignerIsRevoked() public {
        CrlSpec memory list = CollateralWriter.rootCrl();
        list.thisUpdate = CrlWriter.time("260902000000Z");
        list.entries = CrlWriter.entry(PckChain.SERIAL);
        collateral.upsertRootCrl(CrlWriter.sign(list));
        _expectTcbInfo(_newerTcbInfo(), abi.encodeWithSelector(IDcapCollateral.AuthorityRevoked.selector, 2));
    }

    function test_RevertIf_NotInForce() public {
        _expectTcbInfo(
            _newerTcbInfo().swap("2026-10-01", "2026-09-20"),
            abi.encodeWithSelector(IssuerChecks.NotInForce.selector, 1_788_307_200, 1_789_862_400, NOW)
        );
        _expectTcbInfo(
            CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-22"),
            abi.encodeWithSelector(IssuerChecks.NotInForce.selector, 1_790_035_200, 1_790_812_800, NOW)
        );
    }

    /// What may differ in form without meaning anything else.
    function test_HexOfEitherCaseAndOptionalPartsAreRead() public {
        string memory text = _newerTcbInfo().swap("00906EA10000", "00906ea10000").swap("TDX_01", "tdx_01");
        upsertTcbInfo(text.swap('"advisoryIDs":["INTEL-SA-00001","INTEL-SA-00002"]', '"advisoryIDs":[]'));
        string memory modules = string.concat(
            ',"tdxModuleIdentities":[',
            CollateralWriter.moduleOf(
                "TDX_01",
                string.concat(
                    CollateralWriter.moduleLevel("11", "UpToDate"),
                    ",",
                    CollateralWriter.moduleLevel("6", "OutOfDate")
                )
            ),
            "]"
        );
        upsertTcbInfo(_newerTcbInfo().swap("2026-09-02", "2026-09-03").swap(modules, ""));
        upsertTcbInfo(
            _newerTcbInfo().swap("2026-09-02", "2026-09-04").swap(modules, ',"tdxModuleIdentities":[]')
        );
        assertEq(collateral.tcbInfoOf(FMSPC, PCE_ID).issueDateUnixSec, 1_788_480_000, "all were read");
    }

    /// Structure, types and ranges of TCB info; every line is one change that must be refused as unexpected text.
    function test_RevertIf_TcbInfoIsNotWhatIntelWrites() public {
        string[2][39] memory changes = [
            ['{"id":"TDX"', ' {"id":"TDX"'],
            ['"id":"TDX"', '"id":"SGX"'],
            ['"version":3', '"version":2'],
            ['"version":3', '"version": 3'],
            ['"version":3,', '"version":3,"version":3,'],
            ['"issueDate":"2026-09-02T', '"issueDate":"2026-09-02 '],
            ['"issueDate":"2026-09-02', '"issueDate":"2026-02-30'],
            ['"issueDate":"2026-09-02T00:00:00Z', '"issueDate":"2026-09-02T00:00:00+'],
            ['"issueDate":"2026-09-02T00:00:00Z', '"issueDate":"2026-09-02T24:00:00Z'],
            ['"issueDate":"2026', '"issueDate":"2O26'],
            ['"nextUpdate"', '"nextupdate"'],
            ['"fmspc":"00906EA10000"', '"fmspc":"00906EA1000G"'],
            ['"fmspc":"00906EA10000"', '"fmspc":"00906EA1000@"'],
            ['"fmspc":"00906EA10000"', '"fmspc":"00906EA1000:"'],
            ['"fmspc":"00906EA10000"', '"fmspc":"00906EA100"'],
            ['"pceId":"0A0B"', '"pceId":"0A0B00"'],
            ['"tcbType":0', '"tcbType":1'],
            ['DataNumber":20', 'DataNumber":020'],
            ['DataNumber":20', 'DataNumber":-20'],
            ['DataNumber":20', 'DataNumber":2e1'],
            ['DataNumber":20', 'DataNumber":4294967296'],
            ['DataNumber":20', 'DataNumber":123456789012'],
            ['DataNumber":20', 'DataNumber":'],
            ['"tdxModule":{', '"tdxModule":{"id":"x",'],
            ['FFFFFFFFFFFFFFFF"},', 'FFFFFFFFFFFFFFFF" },'],
            ['"TDX_01"', '"TDX-01"'],
            ['"TDX_01"', '"TDX_1"'],
            ['"TDX_01"', '"TDX_0\\u0031"'],
            ['"isvsvn":11', '"isvsvn":256'],
            ['"isvsvn":11', '"isvsvn":"11"'],
            ['{"svn":7,', '{"svn":256,'],
            ['{"svn":7,', '{"svn":07,'],
            ['"category":"BIOS"', '"category":"BI\\"OS"'],
            ['"category":"BIOS"', '"category":"BI\nOS"'],
            ['"category":"BIOS"', unicode'"category":"BÍOS"'],
            ['"pcesvn":515', '"pcesvn":65536'],
            ['{"svn":22}]', '{"svn":22},{"svn":0}]'],
            [',{"svn":22}]', "]"],
            ['"INTEL-SA-00002"]', '"INTEL-SA-00002",]']
        ];
        for (uint256 i = 0; i < changes.length; i++) {
            _expectTcbInfoSelector(
                _newerTcbInfo().swap(changes[i][0], changes[i][1]),
                Json.JsonUnexpected.selector
            );
        }
    }

    function test_ATypeWithoutCategoryIsRead() public {
        upsertTcbInfo(_newerTcbInfo().swap('"category":"BIOS","type"', '"type"'));
        assertEq(collateral.tcbInfoOf(FMSPC, PCE_ID).issueDateUnixSec, 1_788_307_200, "read");
    }

    function test_RevertIf_TextFollowsTheDocument() public {
        _expectTcbInfoSelector(string.concat(_newerTcbInfo(), " "), Json.JsonUnexpected.selector);
        _expectQeIdentitySelector(string.concat(_newerQeIdentity(), "}"), Json.JsonUnexpected.selector);
    }

    function test_RevertIf_TextEndsEarly() public {
        bytes memory text = bytes(_newerTcbInfo());
        assembly ("memory-safe") {
            mstore(text, sub(mload(text), 1))
        }
        _expectTcbInfoSelector(string(text), Json.JsonUnexpected.selector);
    }

    function test_RevertIf_AStatusIsUnknownOrNotAModules() public {
        _expectTcbInfoSelector(
            _newerTcbInfo().swap('"tcbStatus":"OutOfDate","adv', '"tcbStatus":"Fine","adv'),
            TcbLevels.TcbStatusUnknown.selector
        );
        _expectTcbInfoSelector(
            _newerTcbInfo().swap('"tcbStatus":"UpToDate"', '"tcbStatus":"SWHardeningNeeded"'),
            TcbLevels.TcbStatusUnknown.selector
        );
        _expectQeIdentitySelector(
            _newerQeIdentity().swap('"tcbStatus":"UpToDate"', '"tcbStatus":"ConfigurationNeeded"'),
            TcbLevels.TcbStatusUnknown.selector
        );
    }

    function test_RevertIf_AModuleComesTwice() public {
        string memory module = CollateralWriter.moduleOf(
            "TDX_01",
            CollateralWriter.moduleLevel("11", "UpToDate")
        );
        _expectTcbInfoSelector(
            _newerTcbInfo().swap(
                '"tdxModuleIdentities":[',
                string.concat('"tdxModuleIdentities":[', module, ",")
            ),
            TdxTcbInfo.ModuleRepeated.selector
        );
    }

    function test_RevertIf_QeIdentityIsNotWhatIntelWrites() public {
        string[2][10] memory changes = [
            ['"id":"TD_QE"', '"id":"QE"'],
            ['"version":2', '"version":1'],
            ['"miscselect":"00000000"', '"miscselect":"000000"'],
            ['"miscselectMask":"FFFFFFFF"', '"miscselectMask":"FFFFFFFX"'],
            ['"attributes":"11', '"attributes":"'],
            ['"mrsigner":"DC', '"mrsigner":"D'],
            ['"isvprodid":2', '"isvprodid":65536'],
            ['"isvprodid":2', '"isvprodid":2,"isvprodid":3'],
            ['"isvsvn":6', '"isvsvn":65536'],
            ['"tcbLevels":[', '"tcbLevels":[]']
        ];
        for (uint256 i = 0; i < changes.length; i++)
            _expectQeIdentitySelector(
                _newerQeIdentity().swap(changes[i][0], changes[i][1]),
                Json.JsonUnexpected.selector
            );
    }

    function testFuzz_EveryByteIsSigned(uint256 seed, uint8 mask) public {
        if (mask == 0) mask = 1;
        bytes memory text = bytes(_newerTcbInfo());
        bytes32[2] memory signature = signedByVendor(string(text));
        text[bound(seed, 0, text.length - 1)] ^= bytes1(mask);
        (bool accepted, ) = address(collateral).call(
            abi.encodeCall(collateral.upsertTcbInfo, (text, signature, signerKeyHash()))
        );
        assertTrue(!accepted, "a changed byte was accepted");
    }

    function _newerTcbInfo() private pure returns (string memory) {
        return CollateralWriter.tcbInfo().swap("2026-09-01", "2026-09-02");
    }

    function _newerQeIdentity() private pure returns (string memory) {
        return CollateralWriter.qeIdentity().swap("2026-09-02", "2026-09-03");
    }

    function _expectTcbInfo(string memory text, bytes memory revertData) private {
        bytes32[2] memory signature = signedByVendor(text);
        bytes32 signer = signerKeyHash();
        vm.expectRevert(revertData);
        collateral.upsertTcbInfo(bytes(text), signature, signer);
    }

    /// For errors that carry a position.
    function _expectTcbInfoSelector(string memory text, bytes4 selector) private {
        _expectSelector(
            text,
            abi.encodeCall(collateral.upsertTcbInfo, (bytes(text), signedByVendor(text), signerKeyHash())),
            selector
        );
    }

    function _expectQeIdentitySelector(string memory text, bytes4 selector) private {
        _expectSelector(
            text,
            abi.encodeCall(collateral.upsertQeIdentity, (bytes(text), signedByVendor(text), signerKeyHash())),
            selector
        );
    }

    function _expectSelector(string memory text, bytes memory call, bytes4 selector) private {
        (bool accepted, bytes memory revertData) = address(collateral).call(call);
        assertTrue(!accepted, text);
        assertEq(bytes4(revertData), selector, text);
    }
}
