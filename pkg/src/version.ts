declare const __PACKAGE_VERSION__: string;

/** Version of this package. */
export const VERSION: string = __PACKAGE_VERSION__;
