/** The user's own Node, not the newer one of the dev dependencies. */
export const userNode: string;
