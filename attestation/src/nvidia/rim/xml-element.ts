/** An attribute other than a namespace declaration; its value has entities and white space already resolved. */
export type XmlAttribute = {
  readonly name: string;
  /** Empty for an attribute without prefix: such a one has no namespace. */
  readonly namespaceUri: string;
  readonly localName: string;
  readonly value: string;
};

/** What canonicalisation and every reader see: there is no second view of a document that a signature misses. */
export type XmlElement = {
  readonly name: string;
  readonly namespaceUri: string;
  readonly localName: string;
  readonly attributes: readonly XmlAttribute[];
  /** Every prefix in scope, '' for the default namespace, with its URI. */
  readonly namespaces: ReadonlyMap<string, string>;
  readonly children: readonly (XmlElement | string)[];
};

/** Child elements; text between them is left out. */
export function childElements({ children }: XmlElement): readonly XmlElement[] {
  return children.filter((child): child is XmlElement => typeof child !== 'string');
}

export function isElement(element: XmlElement, namespaceUri: string, localName: string): boolean {
  return element.namespaceUri === namespaceUri && element.localName === localName;
}

/** Value of an attribute by namespace ('' for none) and name. */
export function attributeOf(
  element: XmlElement,
  namespaceUri: string,
  localName: string,
): string | undefined {
  return element.attributes.find(
    (attribute) => attribute.namespaceUri === namespaceUri && attribute.localName === localName,
  )?.value;
}
