// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// The cheatcodes these tests use (Hardhat's EDR implements Foundry's).
interface Vm {
    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 id) external;
    function expectEmit() external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata revertData) external;
    function getCode(string calldata artifact) external view returns (bytes memory creationCode);
    function prank(address sender) external;
    function publicKeyP256(uint256 privateKey) external pure returns (uint256 x, uint256 y);
    function roll(uint256 blockNumber) external;
    function setNonce(address account, uint64 nonce) external;
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signP256(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function snapshotGasLastCall(
        string calldata group,
        string calldata name
    ) external returns (uint256 gasUsed);
    function store(address account, bytes32 slot, bytes32 value) external;
    function warp(uint256 unixSec) external;
}

/// Assertions and signing for every test contract; instead of forge-std, which npm has only in an unofficial old copy.
abstract contract Base {
    error AssertionFailed(string what, bytes32 expected, bytes32 got);

    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 internal constant NOW = 1_790_000_000; // 2026-09-21

    /// Deploys by artifact name. Importing a contract would compile it again, optimiser included, for each test contract.
    function deploy(
        string memory artifact,
        bytes memory constructorArgs
    ) internal returns (address deployed) {
        bytes memory creationCode = bytes.concat(vm.getCode(artifact), constructorArgs);
        assembly ("memory-safe") {
            deployed := create(0, add(creationCode, 0x20), mload(creationCode))
            if iszero(deployed) {
                returndatacopy(creationCode, 0, returndatasize())
                revert(creationCode, returndatasize())
            }
        }
    }

    function assertEq(bytes32 got, bytes32 expected, string memory what) internal pure {
        require(got == expected, AssertionFailed(what, expected, got));
    }

    function assertEq(uint256 got, uint256 expected, string memory what) internal pure {
        assertEq(bytes32(got), bytes32(expected), what);
    }

    function assertEq(address got, address expected, string memory what) internal pure {
        assertEq(uint160(got), uint160(expected), what);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        require(condition, AssertionFailed(what, bytes32(uint256(1)), 0));
    }

    /// Spreads a fuzzed number over [low, high].
    function bound(uint256 number, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + (number % (high - low + 1));
    }

    function signature65(uint256 privateKey, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        return abi.encodePacked(r, s, v);
    }

    function signatureCompact(
        uint256 privateKey,
        bytes32 digest
    ) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        bytes32 s;
        (v, r, s) = vm.sign(privateKey, digest);
        vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
    }

    function typedDigest(
        string memory name,
        address verifyingContract,
        bytes32 structHash
    ) internal view returns (bytes32) {
        bytes32 domainSeparator = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }
}
