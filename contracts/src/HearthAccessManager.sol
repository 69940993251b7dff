// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {GUARDIAN_ROLE, RELEASE_MANAGER_ROLE, REVOKER_ROLE} from "./governance/Roles.sol";
import {IHearthSettlement} from "./interfaces/IHearthSettlement.sol";
import {IReleaseList} from "./interfaces/IReleaseList.sol";

/// @title Who may decide what about Hearth, and how long a decision waits
/// @notice The roles stand from the first block: the account that deploys never has any. A function's role is the same on
/// every contract, unless the admin sets another for one contract (which waits for the admin's delay).
/// @dev The admin can't be faster than its delay at anything: all that it may do goes through `schedule` and `execute`.
contract HearthAccessManager is AccessManager {
    struct Holders {
        address admin;
        address releaseManager;
        address revoker;
        address guardian;
    }

    error HolderMissing();

    constructor(
        Holders memory holders,
        uint32 adminDelaySec,
        uint32 releaseDelaySec
    ) AccessManager(address(this)) {
        require(
            holders.admin != address(0) &&
                holders.releaseManager != address(0) &&
                holders.revoker != address(0) &&
                holders.guardian != address(0),
            HolderMissing()
        );
        _revokeRole(ADMIN_ROLE, address(this));
        _grantRole(ADMIN_ROLE, holders.admin, 0, adminDelaySec);
        _grantRole(RELEASE_MANAGER_ROLE, holders.releaseManager, 0, releaseDelaySec);
        _grantRole(REVOKER_ROLE, holders.revoker, 0, 0);
        _grantRole(GUARDIAN_ROLE, holders.guardian, 0, 0);
        _setRoleGuardian(RELEASE_MANAGER_ROLE, GUARDIAN_ROLE);
        emit RoleLabel(RELEASE_MANAGER_ROLE, "release manager");
        emit RoleLabel(REVOKER_ROLE, "revoker");
        emit RoleLabel(GUARDIAN_ROLE, "guardian");
    }

    function getTargetFunctionRole(
        address target,
        bytes4 selector
    ) public view override returns (uint64 roleId) {
        roleId = super.getTargetFunctionRole(target, selector);
        if (roleId == ADMIN_ROLE) roleId = _roleOf(selector);
    }

    function _roleOf(bytes4 selector) private pure returns (uint64) {
        if (selector == IReleaseList.listRelease.selector) return RELEASE_MANAGER_ROLE;
        if (selector == IReleaseList.unbanPlatform.selector) return RELEASE_MANAGER_ROLE;
        if (selector == IReleaseList.withdrawRelease.selector) return REVOKER_ROLE;
        if (selector == IReleaseList.banPlatform.selector) return REVOKER_ROLE;
        if (selector == IReleaseList.revokeEnclaves.selector) return REVOKER_ROLE;
        if (selector == IReleaseList.setAdditionsPaused.selector) return GUARDIAN_ROLE;
        if (selector == IReleaseList.setRegistrationsPaused.selector) return GUARDIAN_ROLE;
        if (selector == IHearthSettlement.setEntryPaused.selector) return GUARDIAN_ROLE;
        return ADMIN_ROLE;
    }
}
