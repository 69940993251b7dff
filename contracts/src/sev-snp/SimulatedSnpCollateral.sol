// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdProduct} from "../libraries/AmdProduct.sol";
import {AmdRoot, SnpCollateral} from "./SnpCollateral.sol";

/// Development: the same rules over roots whose one private key everybody knows. It proves nothing about hardware; no
/// production deployment imports or deploys it.
contract SimulatedSnpCollateral is SnpCollateral {
    bytes private constant MODULUS =
        hex"afbea16f70209fc8b8ea7ee9913992d2ba8d52a23bbbec9cc8d4a2b5eab54095312324197be9b5c877b068dd2d40c4bc0bbbae075a9c2da8779027152289cac2e405271bda0649bba5765a80dea7f13172489ecc0569a68fdd0130feefe64acf9c720b1117fb0d32c3881769b06526016ed76cd5f82bbb69dfadb675a00474f81b55147636bce3d8cd80eca459afa385996304ec0fbfd5b678f20e72e4026b836a25f7df8d07aa31b23723fcecdefabd3674b46e03e65fdf97ebf1c435d4252424899bc5842b092228cd03406d3c1c2b591bab4098ea606f5a25f891177fe90007b0d9adf1560dbaac79c994634f36b7b9d8ba0a506251a400d17e0c623a041ad8e00d173a05e0abb60a842d07af352a96e6ad0e7273352c0036c3d6f3296213623b28b6cac36c3a8a3652f8eea05aeaa1a53a8bac8903981722d0d8b90dba46fe46495896320e62b77dc30b0eeec4eac9a7f24693436ac5c6976995df696221cd8c304bce73a468db20db04964eccd470f295030f510726dba28efb30d90592b980da7c250c0bf8d67e67f462d9ff88d5ff7968866f4742ec513267edacc4534aed48e7c80df5e56e3ceb2e05294af897831497971667f10f7ee27176c511009f585abcfebbb22ca88c1de016b3ae5a1554ae0c4eaa63e66313e53a6babb82b9e43ed0df008d660848ef80962306da36387e0ec8d046ea825cc2b638356cd01";

    function _root(uint8 product) internal view virtual override returns (AmdRoot memory) {
        if (product == AmdProduct.MILAN) {
            return
                AmdRoot(
                    MODULUS,
                    0xfc824e16f9f5cf4d417b54a941bae617ad653625bd8c7f331bbab51f13a27dfc,
                    2524607999
                );
        }
        if (product == AmdProduct.GENOA) {
            return
                AmdRoot(
                    MODULUS,
                    0x09d0ebbcea4265431946f15e28ea6150be3fdf7dc8092851ae786e845d34e8dd,
                    2524607999
                );
        }
        if (product == AmdProduct.TURIN) {
            return
                AmdRoot(
                    MODULUS,
                    0x392c8bd484f29efdc30d1f3d50669f009f3a52023f94844b3eccdd822a736e7e,
                    2524607999
                );
        }
        revert ProductUnknown(product);
    }
}
