import { readFileSync } from 'node:fs';
import { deployMarket, intelEnclaveRegistryAbi, dcapCollateralAbi, registrationFromQuote, collateralUpserts } from '@hearth/contracts';
import { createPublicClient, createWalletClient, http, zeroHash, createTestClient, decodeErrorResult } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { startChain } from '../environment/chain.ts';
import { supplyCollateral } from '../market/supply-collateral.ts';
const folder='/work/shared/vectors/';
const manifest=JSON.parse(readFileSync(folder+'manifest.json','utf8')).filter((e:any)=>/^tdx-quote/.test(e.kind)&&!e.files.root&&(process.argv[2]===undefined||e.id===process.argv[2]));
for (const e of manifest) {
const chain=await startChain({isolated:true,startsAtUnixSec:e.at-60});
try {
const rpc=chain.rpcUrl; const account=privateKeyToAccount(chain.accounts[0]!.privateKey);
const o={chain:hardhat,transport:http(rpc)} as const; const publicClient=createPublicClient({...o,cacheTime:0}); const walletClient=createWalletClient({...o,account});
const now=Math.floor(Date.now()/1000);
let out='';
try {
  const market=await deployMarket({publicClient: publicClient as any,walletClient: walletClient as any,operatorFeeRecipient:account.address,feeBps:0,simulated:false});
  void now;
  const q=new Uint8Array(readFileSync(folder+e.files.quote)); const documents=JSON.parse(readFileSync(folder+e.files.collateral,'utf8'));
  const r=registrationFromQuote(q);
  const send=async(to:any,data:any,what:string)=>{ const hash=await walletClient.sendTransaction({to,data}); const rec=await publicClient.waitForTransactionReceipt({hash}); if(process.argv[2])console.log(what,(data.length-2)/2,'B',rec.gasUsed,rec.status); };
  await (createTestClient({mode:'hardhat',...o}) as any).request({method:'evm_setNextBlockTimestamp',params:[e.at]}).catch((x:any)=>{ throw new Error('time '+x.details)});
  await (createTestClient({mode:'hardhat',...o}) as any).request({method:'hardhat_mine',params:['0x1']});
  for(let n=0;;n++){ if(n>9) throw new Error("loop "+out); const ups=await collateralUpserts({publicClient: publicClient as any,registry:market.registry,documents,registration:r,neededUntilUnixSec:e.at+86400}); if(!ups[0])break; out=ups.map((u:any)=>u.what).join(); await send(ups[0].to,ups[0].data,ups[0].what); }
  const { encodeFunctionData }=await import('viem');
  await send(market.registry, encodeFunctionData({abi:intelEnclaveRegistryAbi,functionName:'registerPlatform',args:[r.leafDer,r.authorityKeyHash]}),'platform');
  const keys={provider:account.address,nodeKey:zeroHash,enclaveKey:account.address,firstHpkeKeyId:zeroHash,teeType:2,tier:1,configHash:zeroHash,anchorBlockNumber:0n,anchorBlockHash:zeroHash};
  await publicClient.simulateContract({address:market.registry,abi:[...intelEnclaveRegistryAbi,...dcapCollateralAbi.filter(x=>x.type==='error')],account,functionName:'registerEnclave',args:[keys,r.quote,r.pckKey,0n,'0x']} as any);
  out='registered?!';
} catch(x:any){ const t=String(x); const d=/data: "?(0x[0-9a-f]+)|return data: (0x[0-9a-f]+)/.exec(t); out=(/Error: (\w+)\(/.exec(t)?.[1])??''; const m=/custom error '([^']+)'/.exec(t); out=m?.[1]??out; if(!out) out=t.slice(0,600); }
console.log(e.id.padEnd(28), e.expect.verdict, e.expect.reason??'', e.expect.tcbStatus??'', '|', out);
} finally { await chain.stop(); }
}
