import { totalmem } from 'node:os';
import { messageOf } from '../../agent-error.ts';
import type { HomeConfig } from '../../config/home-config.ts';
import { gib, memoryNeeds, memoryShortage } from '../../enclave/inference/memory-needs.ts';
import { digestOfFiles, readFiles } from '../../enclave/model/private-copy.ts';
import { type Finding, fail, ok } from './finding.ts';

type Model = HomeConfig['enclave']['model'];

/** The files are those that home.yaml names, and this machine can hold each of them. */
export async function checkModels(config: HomeConfig): Promise<Finding[]> {
  const { model, otherModels } = config.enclave;
  const findings = await Promise.all([model, ...otherModels].map((each) => checkModel(config, each)));
  return findings.flat();
}

async function checkModel(config: HomeConfig, model: Model): Promise<Finding[]> {
  try {
    const found = digestOfFiles(await readFiles(model.path)).slice(2);
    const expected = model.sha256.replace(/^0x/, '');
    return [
      found === expected
        ? ok('model', `${model.path}, digest as configured`)
        : fail(
            'model',
            `${model.path} has SHA-256 ${found}, home.yaml says ${expected}`,
            'download it again, or correct enclave.model.sha256 if you changed the file on purpose',
          ),
      ...(await checkMemory(config, model)),
    ];
  } catch (error) {
    return [fail('model', messageOf(error), 'put the model file where enclave.model.path says')];
  }
}

async function checkMemory({ ask, enclave }: HomeConfig, model: Model): Promise<Finding[]> {
  if (enclave.engine) return []; // it knows best what it takes, and ends where it cannot have it
  if (enclave.gpu !== undefined && enclave.gpu !== 'off') return []; // its memory is the driver's to tell, when the model is loaded
  const { contextTokens } = enclave;
  const needs = await memoryNeeds(model.path, { slots: ask.slots, contextTokens });
  const shortage = memoryShortage(needs, totalmem());
  const fix =
    'choose a smaller model or quantisation, fewer slots or contextTokens, or enclave.gpu: auto with a GPU';
  return [
    shortage
      ? fail('memory', `the model ${shortage}`, fix)
      : ok('memory', `the model needs ${gib(needs.weightsBytes + needs.contextBytes)} of ${gib(totalmem())}`),
  ];
}
