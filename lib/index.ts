export type { DomainConfig, FrontConfig, TierConfig } from '../config/front.ts';
export { fixedCost, formatCost } from './cost.ts';
export { frontFrom } from './preflight.ts';
export { Sallyport, type SallyportProps } from './sallyport.ts';
export { NoSecondDoor } from './second-door.ts';
export { EgressStack, FrontStack, stacksOf, TrustStack } from './stacks.ts';
