// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Standing of a platform, TDX module or quoting enclave (Intel PCS API v4). None: there is no such part.
enum TcbStatus {
    None,
    UpToDate,
    SWHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSWHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    TDRelaunchAdvised,
    TDRelaunchAdvisedConfigurationNeeded,
    Revoked
}

library TcbStatuses {
    /// The platform's status, made no better than that of a part it relies on (Intel QVL, convergeTcbStatus).
    function merge(TcbStatus platform, TcbStatus part) internal pure returns (TcbStatus) {
        if (part == TcbStatus.Revoked) return TcbStatus.Revoked;
        if (part != TcbStatus.OutOfDate) return platform;
        if (platform == TcbStatus.UpToDate || platform == TcbStatus.SWHardeningNeeded)
            return TcbStatus.OutOfDate;
        return needsConfiguration(platform) ? TcbStatus.OutOfDateConfigurationNeeded : platform;
    }

    /// Not out of date, and short of nothing but configuration.
    function needsConfiguration(TcbStatus status) internal pure returns (bool) {
        return
            status == TcbStatus.ConfigurationNeeded || status == TcbStatus.ConfigurationAndSWHardeningNeeded;
    }

    function isCurrent(TcbStatus status) internal pure returns (bool) {
        return status >= TcbStatus.UpToDate && status <= TcbStatus.ConfigurationAndSWHardeningNeeded;
    }
}
