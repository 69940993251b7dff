// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../../src/interfaces/IHearthSettlement.sol";
import {IStakeVault} from "../../src/interfaces/IStakeVault.sol";
import {BlockingUsd} from "../mocks/BlockingUsd.sol";
import {SignedDeposits} from "../SignedDeposits.sol";

/// Who is in the market of the invariants, and books kept beside the contract's: from what was asked and what was seen to
/// leave and arrive, never from the contract's own sums.
abstract contract MarketBooks is SignedDeposits {
    uint256 internal constant BUYERS = 2;
    uint256 internal constant ENCLAVES = 4;
    uint256 internal constant MAX_ORDERS = 6;
    uint96 internal constant MIN_STAKE = 50_000_001; // not divisible by ten
    address internal constant INSURANCE = address(0x1525);
    address internal constant REPORTER = address(0x4e9);

    /// What a pair was ever entitled to, by the highest that each side has signed.
    struct Entitlement {
        uint128 receiptPicoUsd;
        uint128 capPicoUsd;
        uint64 sequence;
    }

    IStakeVault public vault;
    bytes32[] public orderHashes;
    uint256 public deposited;
    uint256 public withdrawn;
    uint256 public claimed;
    uint256 public bonded;
    uint256 public bondsOut;
    mapping(address account => uint256) public earnedBy;
    mapping(address account => uint256) public claimedBy;
    mapping(bytes32 orderHash => uint256) public lockedAtOpen;
    mapping(bytes32 orderHash => uint256) public refunded;
    mapping(bytes32 orderHash => mapping(address enclaveKey => Entitlement)) public entitlements;

    constructor() {
        prepareMarket();
        deposited = 5 * uint256(MAX_SPEND);
        for (uint256 i = 0; i < ENCLAVES; i++) registry.set(enclaveAt(i), providerAt(i), 1, 2);
        vault = IStakeVault(deploy("StakeVault", abi.encode(token, registry, market, MIN_STAKE, INSURANCE)));
    }

    function newToken() internal override returns (address) {
        return address(new BlockingUsd());
    }

    function buyerKeyAt(uint256 index) internal pure returns (uint256) {
        return BUYER_KEY + (index % BUYERS);
    }

    function buyerAt(uint256 index) public pure returns (address) {
        return vm.addr(buyerKeyAt(index));
    }

    function enclaveKeyAt(uint256 index) internal pure returns (uint256) {
        return 100 + (index % ENCLAVES);
    }

    function enclaveAt(uint256 index) public pure returns (address) {
        return vm.addr(enclaveKeyAt(index));
    }

    /// Two providers with two enclaves each.
    function providerAt(uint256 index) public pure returns (address) {
        return index % 2 == 0 ? PROVIDER : address(0xB0B);
    }

    /// Everybody who can have money in escrow.
    function accounts() public pure returns (address[] memory all) {
        all = new address[](5);
        (all[0], all[1]) = (buyerAt(0), buyerAt(1));
        (all[2], all[3]) = (providerAt(0), providerAt(1));
        all[4] = OPERATOR;
    }

    function parts() external view returns (IHearthSettlement, BlockingUsd) {
        return (market, BlockingUsd(address(token)));
    }

    function orderCount() external view returns (uint256) {
        return orderHashes.length;
    }

    function enclaveCount() external pure returns (uint256) {
        return ENCLAVES;
    }
}
