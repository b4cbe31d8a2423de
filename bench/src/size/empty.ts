// What importing the core is held against.
export {};
