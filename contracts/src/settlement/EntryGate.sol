// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";

/// The only thing that anybody may do to everybody: stop new deposits and orders. Nothing that pays, settles, closes or
/// withdraws asks this gate.
abstract contract EntryGate is IHearthSettlement {
    /// An AccessManager (which knows roles and delays) or any other account. Fixed for ever; zero means nobody.
    address public immutable guardian;

    bool private _closed;

    constructor(address guardian_) {
        guardian = guardian_;
    }

    modifier whenEntryOpen() {
        require(!_closed, EntryPaused());
        _;
    }

    /// @inheritdoc IHearthSettlement
    function setEntryPaused(bool paused) external {
        require(msg.sender == guardian, NotGuardian(guardian, msg.sender));
        _closed = paused;
        emit EntryPausedSet(paused);
    }

    /// @inheritdoc IHearthSettlement
    function entryPaused() external view returns (bool) {
        return _closed;
    }
}
