import { describeNvidiaVectors } from './nvidia-evidence.ts';

describeNvidiaVectors('nvidia-switch-evidence');
