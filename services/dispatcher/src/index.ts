export { createDispatcher, type Dispatcher, type DispatcherParts } from './app.ts';
