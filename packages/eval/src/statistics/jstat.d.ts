declare module 'jstat' {
  /** The part that is used. */
  const library: {
    readonly jStat: { readonly studentt: { inv(share: number, degreesOfFreedom: number): number } };
  };
  export default library;
}
