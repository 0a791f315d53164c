export type { DomainConfig, FrontConfig, FunctionSettings, LogSettings, TierConfig } from '../src/config/front.ts';
export { fixedCost, formatCost } from './cost.ts';
export { NoSecondDoor, type OnlyDoor } from './edge/second-door.ts';
export { frontFrom } from './preflight.ts';
export { Sallyport, type SallyportProps } from './sallyport.ts';
export { EgressStack, FrontStack, stacksOf, TrustStack } from './stacks.ts';
