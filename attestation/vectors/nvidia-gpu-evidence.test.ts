import { describeNvidiaVectors } from './nvidia-evidence.ts';

describeNvidiaVectors('nvidia-gpu-evidence');
