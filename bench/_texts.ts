/**
 * Short texts in several scripts, written for this bench.
 *
 * @module
 */

/** From what it is to the text. */
export const TEXTS: Readonly<Record<string, string>> = {
  English:
    `The old lighthouse stood at the end of a narrow road that the sea had half
taken back. Every evening, a little before seven, the keeper climbed the 112
steps, wiped the salt from the glass and lit the lamp. Nobody had asked him to
do so for eleven years. The ships had found other ways to know where the rocks
were; the children of the village, however, still counted the seconds between
two flashes until they fell asleep.`,
  German:
    `Am Rande des Dorfes stand eine Mühle, die seit dem Hochwasser niemand mehr
betreten hatte. Der Müller war fortgezogen, sein Werkzeug aber lag noch
unverändert auf der Fensterbank: zwei Schraubenzieher, ein Zollstock und eine
Rechnung über 48,50 Mark. Die Gemeindeverwaltung überlegte, das Gebäude zu
einer Begegnungsstätte umzubauen, und stellte fest, dass die Zuständigkeiten
seit dreißig Jahren ungeklärt waren.`,
  Russian:
    `На краю деревни стояла старая мельница, куда после наводнения никто больше
не заходил. Мельник уехал, но его инструменты так и остались лежать на
подоконнике: две отвёртки, линейка и счёт на 48 рублей. Дети рассказывали, что
по ночам там слышно, как медленно вращается колесо, хотя воды в реке давно уже
не было. Однажды весной приехал человек из города и попросил ключ.`,
  Arabic:
    `كانت المكتبة القديمة تقع في آخر الشارع، بين دكان الخباز وورشة النجار. كل
صباح كان صاحبها يفتح الباب الخشبي ويضع الكتب على الطاولة أمام المارة. لم يكن
يبيع كثيرا، لكنه كان يعرف كل قارئ باسمه ويتذكر ما استعاره قبل 20 عاما. وعندما
سألوه لماذا لا يغلق المحل، قال إن الكتب لا تحب الظلام.`,
  Hindi: `गाँव के किनारे एक पुराना कुआँ था, जिसके पास हर शाम बच्चे इकट्ठा होते थे। दादी
उन्हें नदी, जंगल और तारों की कहानियाँ सुनाती थीं। एक दिन सबसे छोटी लड़की ने पूछा
कि क्या कुएँ में सचमुच चाँद रहता है। दादी मुस्कुराईं और बोलीं कि चाँद वहाँ केवल
तब आता है, जब पानी बिल्कुल शांत हो। उस रात 15 बच्चे देर तक चुपचाप बैठे रहे।`,
  Chinese:
    `村子的尽头有一座旧磨坊，自从那场洪水以后就再也没有人进去过。磨坊主搬走了，但是他的
工具还放在窗台上：两把螺丝刀、一把尺子，还有一张四十八元的账单。孩子们说，到了晚上可以
听见水轮慢慢转动的声音，尽管河里早就没有水了。去年春天，从城里来了一个人，他站在门口看
了很久，然后向村长要了钥匙。`,
  Japanese:
    `村のはずれに古い水車小屋があり、洪水のあとは誰も中に入ろうとしませんでした。粉屋は引っ
越してしまいましたが、道具は窓辺に置かれたままです。ドライバーが二本と、ものさし、それに
48円の請求書。夜になると水車がゆっくり回る音が聞こえると、子どもたちは話しています。ある
春の日、町から来た人が鍵を貸してほしいと頼みました。`,
  Korean:
    `마을 끝에는 오래된 물레방앗간이 있었는데, 홍수가 난 뒤로는 아무도 들어가지 않았다.
방앗간 주인은 이사를 갔지만 그의 연장은 아직 창가에 놓여 있었다. 아이들은 밤이 되면 물레가
천천히 돌아가는 소리가 들린다고 말했다. 어느 봄날 도시에서 온 사람이 열쇠를 빌려 달라고
부탁했고, 이장은 한참 동안 대답하지 않았다.`,
  TypeScript: `export function groupBy<T, K extends string>(
  items: readonly T[],
  keyOf: (item: T) => K,
): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [item]);
      continue;
    }
    group.push(item);
  }
  return groups;
}`,
  JSON:
    `{"order":{"id":"A-20931","lines":[{"sku":"0042-17","quantity":3,"price":12.5},
{"sku":"0077-02","quantity":1,"price":199.99}],"address":{"street":"Hauptstr. 5",
"city":"Ulm","zip":"89073"},"paid":true,"total":237.49,"created_at":1763700000}}`,
};
