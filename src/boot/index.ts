/** Boot stage: what each node is sent when it boots, decided from the configuration alone. */
export { BOOT_CODES } from './codes.ts'
export { imagesOf, planFaults } from './faults.ts'
export { imageFaults } from './images.ts'
export { keaConfig } from './kea.ts'
export { type BootPlan, BootPlans, type Decided } from './plan.ts'
export { bootScript } from './script.ts'
export { BOOT_PORT, type BootSettings } from './settings.ts'
export { surveyBoot } from './survey.ts'
